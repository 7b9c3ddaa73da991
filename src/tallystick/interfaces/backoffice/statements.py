"""A customer's statement of account: on a page, as PDF and CSV, and sent to the billing contacts."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.customers import queries as customers
from tallystick.foundation.errors import Invalid
from tallystick.foundation.ids import parse_public_id
from tallystick.foundation.transactions import snapshot
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out, refusals, sentence
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.kit.files import file_response
from tallystick.interfaces.kit.statement_file import statement_file
from tallystick.interfaces.kit.statement_form import DaysForm, SentDaysForm, usual_days
from tallystick.reports import statements as reports
from tallystick.reports.movement_words import movement_words
from tallystick.reports.statements import AGES, Asked, Balance, Movement, Named
from tallystick.usecases import statements
from tallystick.usecases.roles import Permission
from tallystick.wire.statements import cursor_behind, position_of

_PAGE = 100


@require_safe
@page()
def statement(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a statement of the days that the address names; of the last two months for none."""
    customer_id = addresses.customer_id_of(public)
    owner = customers.customer(customer_id)
    form = DaysForm({**usual_days(request.today), **request.GET.dict()})
    context: dict[str, Any] = {
        "customer": {**owner, "url": addresses.customer_url(customer_id)},
        "form": form,
        "send": _send_link(request, public),
    }
    if form.is_valid():
        with refusals(form):
            covered = statements.asked_for(
                actor=request.actor, at=request.at, customer_id=customer_id, **form.cleaned_data
            )
            context |= _shown(request, public, covered, form)
    return render(request, "backoffice/statement.html", context)


@require_safe
@page(Permission.DOWNLOAD)
def statement_pdf(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give a statement as PDF."""
    covered = _named(request, public)
    if isinstance(covered, HttpResponse):
        return covered
    return file_response(statements.statement_document(actor=request.actor, asked=covered))


@require_safe
@page(Permission.DOWNLOAD)
def statement_csv(request: StaffRequest, public: str) -> HttpResponseBase:
    """This function will give every movement of a statement as CSV."""
    covered = _named(request, public)
    if isinstance(covered, HttpResponse):
        return covered
    return statement_file(covered, customers.customer(covered.customer_id)["number"])


@page(Permission.RESEND_MAIL)
def send_statement(request: StaffRequest, public: str) -> HttpResponse:
    """This function will mail a statement to the billing contacts."""
    customer_id = addresses.customer_id_of(public)
    owner = customers.customer(customer_id)
    act = Act(
        title=_("Send a statement of account"),
        lead=owner["name"],
        submit=_("Send"),
        back=addresses.customer_url(customer_id),
        happens=[_("It goes as PDF to the billing contacts, or to all contacts when none is for billing.")],
        done=_("The statement is on its way."),
    )
    form = SentDaysForm(request.POST or None, initial=usual_days(request.today))
    return carry_out(
        request,
        act,
        form,
        lambda told: statements.send_statement(**asked(request), customer_id=customer_id, **told),
    )


@require_safe
@page(Permission.DOWNLOAD)
def sent_statement(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give a statement that went by mail, as it went."""
    found = parse_public_id(addresses.STATEMENT, public, kind="statement")
    return file_response(statements.sent_statement(actor=request.actor, statement_id=found))


def _named(request: StaffRequest, public: str) -> Asked | HttpResponse:
    """The days that the address of a file names; one that nobody could have followed is answered by what is wrong."""
    form = DaysForm({**usual_days(request.today), **request.GET.dict()})
    if not form.is_valid():
        return HttpResponse(_("These are no days of a statement."), status=422, content_type="text/plain")
    try:
        return statements.asked_for(
            actor=request.actor,
            at=request.at,
            customer_id=addresses.customer_id_of(public),
            permission=Permission.DOWNLOAD,
            **form.cleaned_data,
        )
    except Invalid as error:
        return HttpResponse(sentence(error), status=422, content_type="text/plain")


def _send_link(request: StaffRequest, public: str) -> Link | None:
    if not request.actor.may(Permission.RESEND_MAIL):
        return None
    return Link(label=_("Send by mail"), url=reverse("office:send-statement", args=[public]), icon="send")


def _shown(request: StaffRequest, public: str, covered: Asked, form: DaysForm) -> dict[str, Any]:
    with snapshot():
        moved = reports.movements(covered, after=position_of(request.GET.get("after", "")), limit=_PAGE + 1)
        found = reports.balances(covered)
        named = reports.names(moved)
    listed, more = moved[:_PAGE], len(moved) > _PAGE
    days = urlencode({name: value.isoformat() for name, value in form.cleaned_data.items() if value})
    own = reverse("office:statement", args=[public])
    return {
        "covered": covered,
        "parts": [_part(each, listed, named) for each in found],
        "next_url": f"{own}?{days}&{urlencode({'after': cursor_behind(listed[-1])})}" if more else "",
        "first_url": f"{own}?{days}" if "after" in request.GET else "",
        "pdf_url": f"{reverse('office:statement-pdf', args=[public])}?{days}",
        "csv_url": f"{reverse('office:statement-csv', args=[public])}?{days}",
        "can_download": request.actor.may(Permission.DOWNLOAD),
    }


def _part(own: Balance, listed: list[Movement], named: dict[UUID, Named]) -> dict[str, Any]:
    """One currency as the page shows it: a page of a long statement lists a part of its movements."""
    rows = [_row(each, named) for each in listed if each.currency == own.currency]
    return {
        "balance": own,
        "rows": rows,
        "ages": [(_age_word(*AGES[name]), name, age) for name, age in own.ageing.items()],
    }


def _row(moved: Movement, named: dict[UUID, Named]) -> dict[str, Any]:
    about = [each for each in (moved.invoice_id, moved.source_id) if each in named]
    urls = [addresses.object_url(named[each].kind, each) for each in about]
    return {
        "movement": moved,
        "words": movement_words(moved, named),
        "url": next((url for url in urls if url), ""),
        "minor": max(abs(each) for each in vars(moved.change).values()),
    }


def _age_word(first: int, last: int | None) -> str:
    if not first:
        return _("Not due")
    if last is None:
        return _("Over %(days)s days") % {"days": first - 1}
    return _("%(first)s–%(last)s days") % {"first": first, "last": last}
