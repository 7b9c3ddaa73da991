"""What waits for a second person: the list, a page for each, approving and declining."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out, done
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, amount_text, payment_name
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.kit.tables import Column, Table, View, table_response
from tallystick.invoices import queries as invoices
from tallystick.payments import approval_queries
from tallystick.payments import queries as payments
from tallystick.payments.approval_queries import ApprovalFilter
from tallystick.usecases import approve as usecases
from tallystick.usecases.limits import Limit, read_limit
from tallystick.wire import words
from tallystick.wire.approvals import APPROVAL, ApprovalShape
from tallystick.wire.ids import approval_id_of

_ACTS = {
    "record": gettext_lazy("Record payment"),
    "mark_paid": gettext_lazy("Mark as Paid"),
    "refund": gettext_lazy("Refund Payment"),
}
_STATES = {
    "waiting": gettext_lazy("Waiting"),
    "approved": gettext_lazy("Approved"),
    "declined": gettext_lazy("Declined"),
}
_LOOKS = {"waiting": "pending", "approved": "completed", "declined": "cancelled"}


class DeclineForm(KitForm):
    """Why a request is declined."""

    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=500)


def asked_for(request: StaffRequest, shape: ApprovalShape) -> HttpResponse:
    """This function will lead to the request that an act became, and say so there."""
    told = _("Nothing is booked yet: a second person has to approve this.")
    return done(request, addresses.object_url("approval", approval_id_of(shape["id"])), told)


def needs_another(limit: Limit) -> list[str]:
    """This function will say from which amount on a second person is asked, if from any."""
    found = read_limit(limit)
    if found is None:
        return []
    return [
        _("Above %(amount)s a second person has to approve it first.")
        % {"amount": amount_text(found.minor, found.currency)}
    ]


def waiting_lines(request: StaffRequest, *, limit: int) -> list[dict[str, Any]]:
    """This function will return the newest requests that wait for a second person, as short lists show them."""
    rows = approval_queries.approvals_page(ApprovalFilter(state=("waiting",)), limit=limit).rows
    names = customers.names(row["customer_id"] for row in rows if row["customer_id"])
    return [shown(request, row, names) for row in rows]


def waiting_line(request: StaffRequest, payment_id: UUID) -> dict[str, Any] | None:
    """This function will return what waits about a payment, as its page shows it; None for nothing."""
    row = approval_queries.waiting_for(payment_id)
    return None if row is None else shown(request, row, {})


def shown(request: StaffRequest, row: Row, names: dict[UUID, str]) -> dict[str, Any]:
    """This function will return what pages show of a request, with what the reader can do about it."""
    public = public_id(APPROVAL, row["id"])
    is_own = row["asked_by"] == usecases.person_of(request.actor)
    links = []
    if row["state"] == "waiting" and request.actor.may(usecases.NEEDS[row["act"]]):
        if not is_own:
            links.append(Link(label=_("Approve"), url=reverse("office:approve", args=[public]), icon="check"))
        away = _("Take back") if is_own else _("Decline")
        links.append(Link(label=away, url=reverse("office:decline", args=[public]), icon="x", tone="danger"))
    return {
        **row,
        "act_word": _ACTS[row["act"]],
        "state_shown": markup.status(_LOOKS[row["state"]], label=_STATES[row["state"]]),
        "url": addresses.object_url("approval", row["id"]),
        "customer_name": names.get(row["customer_id"], ""),
        "is_own": is_own,
        "links": links,
    }


def approval_table(names: dict[UUID, str]) -> Table[Row]:
    """This function will return the list of requests for a second person; `names` are those of the customers."""
    return Table[Row](
        name="approvals",
        label=_("Approvals"),
        columns=[
            Column(key="act", label=_("What"), cell=lambda row: _ACTS[row["act"]], phone="title", nowrap=True),
            Column(
                key="customer", label=_("Customer"), cell=lambda row: names.get(row["customer_id"], ""), phone="meta"
            ),
            Column(
                key="state",
                label=_("State"),
                cell=lambda row: markup.status(_LOOKS[row["state"]], label=_STATES[row["state"]]),
                phone="meta",
            ),
            Column(key="asked", label=_("Asked by"), cell=lambda row: row["asked_label"], phone="meta"),
            Column(key="decided", label=_("Decided by"), cell=lambda row: row["decided_label"], wide_only=True),
            Column(key="when", label=_("Asked"), cell=lambda row: markup.moment(row["asked_at"]), phone="meta"),
            Column(
                key="amount",
                label=_("Amount"),
                cell=lambda row: markup.amount(row["amount_minor"], row["currency"], shape="code"),
                number=True,
                phone="amount",
            ),
        ],
        row_id=lambda row: public_id(APPROVAL, row["id"]),
        row_href=lambda row: addresses.object_url("approval", row["id"]),
        filters=[
            Filter(key="state", label=_("State"), choices=[Choice(key, word) for key, word in _STATES.items()]),
            Filter(key="act", label=_("What"), choices=[Choice(key, word) for key, word in _ACTS.items()]),
        ],
        views=[View(_("Waiting"), (("state", "waiting"),)), View(_("All"))],
        exports=False,
        empty_title=_("Nothing waits"),
        empty_text=_("What is above the limits in the settings waits here until a second person approves it."),
        empty_icon="shield",
    )


@require_safe
@page()
def approval_list(request: StaffRequest) -> HttpResponse:
    """This function will show what waits for a second person, and what was decided."""
    names: dict[UUID, str] = {}
    table = approval_table(names)
    query = table.read(request.GET)
    wanted = ApprovalFilter(state=query.values("state"), act=query.values("act"))
    found = approval_queries.approvals_page(wanted, cursor=query.after or query.before)
    names.update(customers.names(row["customer_id"] for row in found.rows if row["customer_id"]))
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/approvals.html", listed)


@require_safe
@page()
def approval(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show what somebody asked for, with what can be done about it."""
    row = approval_queries.approval(approval_id_of(public))
    names = customers.names([row["customer_id"]]) if row["customer_id"] else {}
    context = {
        "approval": shown(request, row, names),
        "customer_url": addresses.customer_url(row["customer_id"]) if row["customer_id"] else "",
        "payment": _named(row["payment_id"]),
        "result": _named(row["result_id"]) if row["result_id"] != row["payment_id"] else None,
        "facts": _facts(row["arguments"]),
        "history": history(request, "approval", row["id"]),
    }
    return render(request, "backoffice/approval.html", context)


@page()
def approve(request: StaffRequest, public: str) -> HttpResponse:
    """This function will approve what somebody else asked for."""
    row = approval_queries.approval(approval_id_of(public))
    request.actor.require(usecases.NEEDS[row["act"]])
    amount = amount_text(row["amount_minor"], row["currency"])
    act = Act(
        title=_("Approve %(amount)s?") % {"amount": amount},
        lead=_("%(act)s, asked for by %(name)s.") % {"act": _ACTS[row["act"]], "name": row["asked_label"]},
        submit=_("Approve"),
        back=addresses.object_url("approval", row["id"]),
        happens=[
            _("It is done at once, as if you had done it yourself."),
            _("The records name both of you."),
        ],
        done=_("It is approved and done."),
    )
    return carry_out(
        request,
        act,
        KitForm(request.POST or None),
        lambda _told: usecases.approve(**asked(request), approval_id=row["id"]),
    )


@page()
def decline(request: StaffRequest, public: str) -> HttpResponse:
    """This function will decline what somebody asked for, or take an own request back."""
    row = approval_queries.approval(approval_id_of(public))
    request.actor.require(usecases.NEEDS[row["act"]])
    act = Act(
        title=_("Decline %(amount)s?") % {"amount": amount_text(row["amount_minor"], row["currency"])},
        lead=_("%(act)s, asked for by %(name)s.") % {"act": _ACTS[row["act"]], "name": row["asked_label"]},
        submit=_("Decline"),
        tone="danger",
        back=addresses.object_url("approval", row["id"]),
        happens=[_("Nothing is booked. It can be asked for anew.")],
        done=_("It is declined."),
    )
    return carry_out(
        request,
        act,
        DeclineForm(request.POST or None),
        lambda told: usecases.decline(**asked(request), approval_id=row["id"], reason=told["reason"]),
    )


def _named(payment_id: UUID | None) -> dict[str, str] | None:
    if payment_id is None:
        return None
    row = payments.payment(payment_id)
    numbers = invoices.numbers([row["invoice_id"]]) if row["invoice_id"] else {}
    return {"name": payment_name(row, numbers), "url": addresses.payment_url(payment_id)}


def _facts(arguments: dict[str, Any]) -> list[tuple[str, str]]:
    """What was typed, as far as it helps to decide."""
    method = arguments.get("method", "")
    told = [
        (_("Method"), words.method_words(method) if method else ""),
        (_("Reference"), arguments.get("reference", "")),
        (_("Invoice #"), arguments.get("invoice_number", "")),
        (_("Description"), arguments.get("description", "")),
        (_("Remark"), arguments.get("remark", "")),
        (_("Reason"), arguments.get("reason", "")),
    ]
    return [(label, value) for label, value in told if value]
