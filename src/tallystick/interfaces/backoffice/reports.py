"""Reports: what there is to ask, one report with its chart and table, and the same as a file (E36, E37)."""

from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.foundation.errors import Invalid
from tallystick.interfaces.backoffice import report_files
from tallystick.interfaces.backoffice.acts import refusals, sentence
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.exports import as_file
from tallystick.interfaces.backoffice.report_form import ReportForm
from tallystick.interfaces.backoffice.report_shown import chart_shown, is_wide, table_shown, tiles_shown
from tallystick.interfaces.kit.tables import AFTER, EXPORT, SPREADSHEET
from tallystick.reports.frame.shape import Asked, Report
from tallystick.usecases import reports
from tallystick.usecases.roles import Permission


@require_safe
@page()
def report_list(request: StaffRequest) -> HttpResponse:
    """This function will list the reports that the member of staff may read, with what each answers."""
    found = [
        {"report": report, "url": reverse("office:report", args=[report.name])}
        for report in reports.reports_for(request.actor)
    ]
    return render(request, "backoffice/reports.html", {"reports": found})


@require_safe
@page()
def report(request: StaffRequest, name: str) -> HttpResponseBase:
    """This function will show a report for what the address asks, or give it as a file."""
    chosen = reports.report_named(name)
    request.actor.require(chosen.permission)
    wants_file = EXPORT[0] in request.GET
    form = ReportForm(chosen, {**_usual_days(chosen, request.today), **request.GET.dict()})
    context: dict[str, Any] = {
        "report": chosen,
        "form": form,
        "is_wide": is_wide(chosen),
        "gives_files": request.actor.may(Permission.DOWNLOAD),
    }
    if chosen.needs and not request.GET:
        # Nothing was asked yet, so nothing is wrong.
        form = ReportForm(chosen, initial=_usual_days(chosen, request.today))
        context["form"] = form
    if form.is_valid():
        asked = form.asked(cursor=request.GET.get(AFTER, ""))
        if wants_file:
            return _file(request, chosen, asked)
        with refusals(form):
            context |= _shown(request, chosen, asked)
    if wants_file:
        return HttpResponse(_("This report cannot be asked for that."), status=422, content_type="text/plain")
    return render(request, "backoffice/report.html", context)


def _usual_days(chosen: Report, today: date) -> dict[str, str]:
    days = zip(("from_date", "until_date"), chosen.usual(today), strict=True)
    return {name: day.isoformat() for name, day in days if day}


def _file(request: StaffRequest, chosen: Report, asked: Asked) -> HttpResponseBase:
    whole = partial(reports.read_whole, actor=request.actor, at=request.at, name=chosen.name, asked=asked)
    name = f"{chosen.name}-{request.today.isoformat()}"
    try:
        file = as_file(
            request,
            text=lambda: report_files.as_csv(name, *whole()),
            sheet=lambda most: report_files.as_spreadsheet(name, *whole(), most=most),
        )
    except Invalid as error:
        return HttpResponse(sentence(error), status=422, content_type="text/plain")
    return file or HttpResponse(status=404)


def _shown(request: StaffRequest, chosen: Report, asked: Asked) -> dict[str, Any]:
    told = reports.read_report(actor=request.actor, at=request.at, name=chosen.name, asked=asked)
    here = {name: value for name, value in request.GET.items() if name != AFTER}
    own, whole = request.path, told.asked

    def leads(**more: str) -> str:
        return f"{own}?{urlencode({**here, **more})}"

    return {
        "told": told,
        "days": (whole.first_day, whole.last_day) if "period" in chosen.takes else None,
        "as_of": whole.as_of,
        "parts": [
            {
                "part": part,
                "tiles": tiles_shown(chosen, part),
                "charts": [chart_shown(chart, part.currency) for chart in part.charts],
                "table": table_shown(chosen, part),
            }
            for part in told.found.parts
        ],
        "formulas": [column for column in chosen.columns if column.formula],
        "csv_url": leads(**dict([EXPORT])),
        "sheet_url": leads(**dict([SPREADSHEET])),
        "next_url": leads(**{AFTER: told.found.next_cursor}) if told.found.next_cursor else "",
        "first_url": leads() if asked.cursor else "",
    }
