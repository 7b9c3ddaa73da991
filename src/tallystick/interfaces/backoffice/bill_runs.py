"""Bill runs: earlier ones, a preview of the next, one that goes on, and what failed in it (E1, E2)."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out, done, sentence
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.forms import DateField, KitForm
from tallystick.interfaces.kit.tables import Column, Table, table_response
from tallystick.subscriptions import billing, run_queries
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import bill_run
from tallystick.usecases.roles import Permission
from tallystick.wire import bill_runs as wire
from tallystick.wire.bill_runs import BillFailureShape, BillPreviewShape
from tallystick.wire.ids import bill_run_id_of, billing_group_id_of, subscription_id_of

# Where the page of a run asks how far it is.
_PROGRESS = "bill-run-progress"
# What is left is counted so far, and told as "more than" beyond.
_MOST_COUNTED = 100_000


class RunForm(KitForm):
    """Up to which day a run bills."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["as_of_date"] = DateField(
            label=_("Bill what is due up to and including"),
            initial=today,
            help_text=_("A later day can be looked at, and is billed when it has come."),
        )


def _state(row: Row) -> SafeString:
    if row["finished_at"] is None:
        return markup.badge(_("Goes on"), tone="accent", symbol="processing")
    if row["failed"]:
        return markup.badge(_("%(number)s failed") % {"number": row["failed"]}, tone="danger", symbol="x-circle")
    return markup.badge(_("Finished"), tone="success", symbol="check-circle")


def _sums(row: Row) -> SafeString:
    shown = [markup.amount(each["total_minor"], each["currency"], shape="code") for each in row["billed"]]
    return format_html_join("", "<div>{}</div>", ((each,) for each in shown))


RUNS = Table[Row](
    name="bill-runs",
    label=gettext_lazy("Bill runs"),
    columns=[
        Column(
            key="as_of",
            label=gettext_lazy("Up to"),
            cell=lambda row: markup.day(row["as_of_date"]),
            phone="title",
            nowrap=True,
        ),
        Column(key="state", label=gettext_lazy("State"), cell=_state, phone="meta"),
        Column(
            key="started",
            label=gettext_lazy("Started"),
            cell=lambda row: markup.moment(row["started_at"]),
            phone="meta",
        ),
        Column(key="by", label=gettext_lazy("By"), cell=lambda row: row["started_by"], wide_only=True),
        Column(
            key="invoices",
            label=gettext_lazy("Invoices"),
            cell=lambda row: sum(each["invoices"] for each in row["billed"]),
            number=True,
            wide_only=True,
        ),
        Column(key="billed", label=gettext_lazy("Billed"), cell=_sums, number=True, phone="amount"),
    ],
    row_id=lambda row: public_id(wire.BILL_RUN, row["id"]),
    row_href=lambda row: addresses.object_url("bill_run", row["id"]),
    exports=False,
    empty_title=gettext_lazy("No bill run yet"),
    empty_text=gettext_lazy("One begins by itself every day, just after midnight. You can start one at any time."),
    empty_icon="refresh",
)


@require_safe
@page(Permission.RUN_BILLING)
def run_list(request: StaffRequest) -> HttpResponse:
    """This function will show the bill runs, newest first."""
    query = RUNS.read(request.GET)
    found = run_queries.runs_page(cursor=query.after or query.before)
    ids = [row["id"] for row in found.rows]
    sums, failed = run_queries.sums_of(ids), run_queries.failure_counts(ids)
    rows = [{**row, "billed": sums[row["id"]], "failed": failed.get(row["id"], 0)} for row in found.rows]
    listed = RUNS.page(query, request.path, rows, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor)
    return table_response(request, "backoffice/bill_runs.html", listed)


@page(Permission.RUN_BILLING)
def new_run(request: StaffRequest) -> HttpResponse:
    """This function will tell what a run would bill, and start it."""
    sent = request.POST or request.GET
    form = RunForm(sent if "as_of_date" in sent else None, today=request.today)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        as_of = form.cleaned_data["as_of_date"]
        try:
            if request.method == "POST":
                begun = bill_run.begin_bill_run(**asked(request), as_of_date=as_of, workers=bill_run.WORKERS)
                return done(request, reverse("office:bill-run", args=[begun["id"]]), _("The bill run has started."))
            preview = bill_run.preview_bill_run(actor=request.actor, at=request.at, as_of_date=as_of)
            context |= {"preview": _preview(preview), "can_start": as_of <= request.today}
        except (Conflict, Invalid) as error:
            context["problem"] = sentence(error)
    failed = "problem" in context or bool(form.errors)
    return render(request, "backoffice/bill_run_new.html", context, status=422 if failed else 200)


@require_safe
@page(Permission.RUN_BILLING)
def run(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a run: how far it is, what it billed, and what it could not."""
    run_id = bill_run_id_of(public)
    row = run_queries.run(run_id)
    sums = run_queries.sums_of([run_id])[run_id]
    failures = run_queries.failures_page(run_id, cursor=request.GET.get("after", "") or request.GET.get("before", ""))
    done_periods = sum(each["periods"] for each in sums)
    left = 0
    if row["finished_at"] is None:
        left = billing.count_alone(run_id=run_id, as_of=row["as_of_date"], limit=_MOST_COUNTED)
    failed = run_queries.failure_counts([run_id]).get(run_id, 0)
    context: dict[str, Any] = {
        "run": row,
        "state": _state({**row, "failed": failed}),
        "billed": sums,
        "invoices": sum(each["invoices"] for each in sums),
        "periods": done_periods,
        "left": left,
        "whole": done_periods + left,
        "failed": failed,
        "failures": [_failed(each) for each in failures.rows],
        "older": failures.next_cursor,
        "newer": failures.previous_cursor,
        "again": _again_link(row, public, failed),
        "target": _PROGRESS,
        # Called by the page, and not by the part of it that is asked for again and again.
        "history": lambda: history(request, "bill_run", run_id),
    }
    part = request.headers.get("HX-Target") == _PROGRESS
    response = render(request, "backoffice/bill_run_progress.html" if part else "backoffice/bill_run.html", context)
    response["Vary"] = "HX-Target"
    return response


@page(Permission.RUN_BILLING)
def again(request: StaffRequest, public: str) -> HttpResponse:
    """This function will let a run try again what failed in it."""
    run_id = bill_run_id_of(public)
    failed = run_queries.failure_counts([run_queries.run(run_id)["id"]]).get(run_id, 0)
    act = Act(
        title=_("Try the failures again?"),
        lead=_("%(number)s failed in this run.") % {"number": failed},
        submit=_("Try again"),
        back=reverse("office:bill-run", args=[public]),
        happens=[
            _("Each is billed if its fault is mended by now; what fails again is reported anew."),
            _("What was billed is not billed a second time."),
        ],
        done=_("The run tries the failures again."),
    )
    return carry_out(
        request,
        act,
        KitForm(request.POST or None),
        lambda _told: bill_run.rerun_failed(**asked(request), run_id=run_id, workers=bill_run.WORKERS),
    )


def _again_link(row: Row, public: str, failed: int) -> Link | None:
    if not failed or row["finished_at"] is None:
        return None
    return Link(label=_("Try the failures again"), url=reverse("office:bill-run-again", args=[public]), icon="refresh")


def _failed(row: Row) -> dict[str, Any]:
    if row["group_id"]:
        return {
            "name": row["group_name"],
            "detail": _("Billing group"),
            "url": addresses.object_url("billing_group", row["group_id"]),
            "sentence": row["sentence"],
        }
    return {
        "name": row["customer_name"],
        "detail": row["subscription_number"],
        "url": _subscription_url(row["subscription_id"], row["customer_id"]),
        "sentence": row["sentence"],
    }


def _subscription_url(subscription_id: UUID, customer_id: UUID) -> str:
    return addresses.object_url("subscription", subscription_id) or addresses.customer_url(customer_id)


def _preview(preview: BillPreviewShape) -> dict[str, Any]:
    ids = [subscription_id_of(each["subscription"]) for each in preview["failures"] if each["subscription"]]
    known = subscriptions.by_ids(ids)
    names = {each["billing_group"]: each["name"] for each in preview["groups"]}
    return {
        **preview,
        "groups": [
            {**each, "url": addresses.object_url("billing_group", billing_group_id_of(each["billing_group"]))}
            for each in preview["groups"]
        ],
        "failures": [_would_fail(each, known, names) for each in preview["failures"]],
    }


def _would_fail(told: BillFailureShape, known: dict[UUID, dict[str, Any]], names: dict[str, str]) -> dict[str, Any]:
    if told["subscription"] is None:
        group = told["billing_group"] or ""
        name, url = names.get(group, ""), addresses.object_url("billing_group", billing_group_id_of(group))
        return {"name": name or _("Billing group"), "detail": "", "url": url, "sentence": told["detail"]}
    row = known[subscription_id_of(told["subscription"])]
    return {
        "name": row["customer__name"],
        "detail": row["number"],
        "url": _subscription_url(row["id"], row["customer_id"]),
        "sentence": told["detail"],
    }
