"""One act on many payments: what was chosen in the list, asked for once more, done, and what became of each."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from tallystick.customers import queries as customers
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, done, refusals, show
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.exports import payments_file
from tallystick.interfaces.backoffice.finding import customer_field
from tallystick.interfaces.backoffice.naming import payment_name
from tallystick.interfaces.backoffice.payment_forms import by_hand
from tallystick.interfaces.backoffice.payment_table import Names, order_of, payment_table, wanted_by
from tallystick.interfaces.kit.forms import DateField, KitForm
from tallystick.interfaces.kit.tables import BulkAction
from tallystick.invoices import queries as invoices
from tallystick.payments import bulk as rows
from tallystick.payments import queries
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import bulk
from tallystick.usecases.bulk import BulkTooLarge
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.ids import bulk_act_id_of, customer_id_of, payment_id_of

EXPORT = "export"
_PROGRESS = "bulk-progress"
_LABELS = {
    bulk.MARK_PAID: gettext_lazy("Mark as Paid"),
    bulk.ASSIGN: gettext_lazy("Assign to a customer"),
    bulk.CANCEL: gettext_lazy("Cancel"),
    EXPORT: gettext_lazy("Export"),
}
_NEEDS = {**bulk.NEEDS, EXPORT: Permission.DOWNLOAD}
_ICONS = {bulk.MARK_PAID: "check", bulk.ASSIGN: "person", bulk.CANCEL: "x", EXPORT: "download"}


def actions_for(request: StaffRequest) -> list[BulkAction]:
    """This function will return what the actor may do to chosen payments."""
    return [
        BulkAction(name=name, label=label, icon=_ICONS[name], tone="danger" if name == bulk.CANCEL else "")
        for name, label in _LABELS.items()
        if request.actor.may(_NEEDS[name])
    ]


def bulk_url(customer_id: UUID | None) -> str:
    """This function will return where a list sends what was chosen in it; of a customer's list it says whose it is."""
    whose = f"?customer_page={public_id(builders.CUSTOMER, customer_id)}" if customer_id else ""
    return f"{reverse('office:payments-bulk')}{whose}"


class ChosenForm(KitForm):
    """What every chosen payment takes; the choice itself goes along unseen."""

    def __init__(self, data: Any, *, action: str, request: StaffRequest) -> None:
        super().__init__(data)
        for name in ("action", "selected", "everything", "list", "next", "expected"):
            self.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput)
        if action == bulk.MARK_PAID:
            self.fields["received"] = DateField(label=_("Payment date"), initial=request.today, latest=request.today)
            self.fields["method"] = forms.ChoiceField(label=_("Method"), choices=by_hand(), initial="bank_transfer")
            self.fields["reference"] = forms.CharField(label=_("Reference"), required=False, max_length=140)
        if action == bulk.ASSIGN:
            self.fields["customer"] = customer_field(label=_("Customer"))


@require_POST
@page()
def act_on_chosen(request: StaffRequest) -> HttpResponseBase:
    """This function will ask what the chosen payments take, or do it; files are given at once.

    Chosen are the rows that were ticked, or everything that the list shows (`everything`, with the list's own query).
    """
    action = request.POST.get("action", "")
    if action not in _LABELS:
        raise BadRequest("Nothing like that can be done to many payments.")
    request.actor.require(_NEEDS[action])
    back = _back(request)
    everything = bool(request.POST.get("everything"))
    wanted, sort = _listed(request)
    # A form that was shown has them in one field; the list has one for each row.
    ticked = [payment_id_of(each) for text in request.POST.getlist("selected") for each in text.split()]
    if action == EXPORT:
        return payments_file(wanted if everything else PaymentFilter(ids=tuple(ticked)), sort=sort, today=request.today)
    try:
        ids = bulk.matching(wanted, sort=sort) if everything else ticked
    except BulkTooLarge as error:
        return done(request, back, str(error))
    if not ids:
        return HttpResponseRedirect(back)
    act = _act(action, len(ids), back)
    sent = "expected" in request.POST
    form = ChosenForm(request.POST if sent else None, action=action, request=request)
    if sent and form.is_valid():
        with refusals(form):
            begun = bulk.begin_bulk_act(
                **asked(request), action=action, **_chosen(form, ids, wanted, sort), **_facts(form.cleaned_data)
            )
            return done(request, reverse("office:bulk-act", args=[begun["id"]]), _("Done, row by row."))
    elif not sent:
        form.initial = {
            "action": action,
            "selected": "" if everything else " ".join(request.POST.getlist("selected")),
            "everything": "1" if everything else "",
            "list": _query(request),
            "next": back,
            "expected": len(ids),
        }
    return show(request, act, form)


@require_safe
@page()
def bulk_act(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show what became of each payment of an act, and how far it is."""
    act_id = bulk_act_id_of(public)
    found = rows.act(act_id)
    listed = rows.rows_page(act_id, state=rows.REFUSED, cursor=request.GET.get("after", ""))
    context: dict[str, Any] = {
        "found": found,
        "title": _LABELS[found["action"]],
        "whole": found["waiting"] + found["done"] + found["refused"],
        "settled": found["done"] + found["refused"],
        "refusals": _named(listed.rows),
        "more": listed.next_cursor,
        "target": _PROGRESS,
        # Called by the page, and not by the part of it that is asked for again and again.
        "history": lambda: history(request, "bulk_act", act_id),
    }
    part = request.headers.get("HX-Target") == _PROGRESS
    response = render(request, "backoffice/bulk_progress.html" if part else "backoffice/bulk_act.html", context)
    response["Vary"] = "HX-Target"
    return response


def _listed(request: StaffRequest) -> tuple[PaymentFilter, str]:
    """The filter and order of the list that the choice comes from."""
    parameters = QueryDict(_query(request))
    whose = parameters.get("customer_page", "")
    customer_id = customer_id_of(whose) if whose else None
    query = payment_table(Names(), of_customer=customer_id is not None).read(parameters)
    return wanted_by(query, customer_id=customer_id), order_of(query)


def _query(request: StaffRequest) -> str:
    """The query of the list; `customer_page` names whose list it was, and goes along with the form."""
    return "&".join(filter(None, [request.POST.get("list", ""), request.GET.urlencode()]))


def _chosen(form: ChosenForm, ids: list[UUID], wanted: PaymentFilter, sort: str) -> dict[str, Any]:
    if not form.cleaned_data["everything"]:
        return {"payment_ids": ids}
    expected = form.cleaned_data["expected"]
    return {"wanted": wanted, "sort": sort, "expected_count": int(expected) if expected.isdigit() else -1}


def _facts(told: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if "received" in told:
        facts = {"received_date": told["received"], "method": told["method"], "reference": told["reference"]}
    if "customer" in told:
        facts["customer_id"] = customer_id_of(told["customer"])
    return facts


def _act(action: str, count: int, back: str) -> Act:
    counted = ngettext("%(count)s payment is chosen.", "%(count)s payments are chosen.", count) % {"count": count}
    return Act(
        title=_LABELS[action],
        lead=counted,
        submit=_LABELS[action],
        tone="danger" if action == bulk.CANCEL else "primary",
        back=back,
        leave=_("Back to the list"),
        happens=[
            _("Each payment goes by the rules that hold for it alone: whole, or not at all."),
            _("What is refused stops no other. You will see which ones, and why."),
        ],
    )


def _back(request: StaffRequest) -> str:
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return back if back and is_ours else reverse("office:payments")


def _named(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    payments = {row["id"]: row for row in queries.by_ids([each["payment_id"] for each in found])}
    numbers = invoices.numbers(row["invoice_id"] for row in payments.values() if row["invoice_id"])
    names = customers.names(row["customer_id"] for row in payments.values() if row["customer_id"])
    shown = []
    for each in found:
        row = payments.get(each["payment_id"])
        if row is None:
            raise NotFound(kind="payment")
        shown.append(
            {
                "name": payment_name(row, numbers),
                "detail": names.get(row["customer_id"], ""),
                "url": addresses.payment_url(row["id"]),
                "sentence": each["sentence"],
            }
        )
    return shown
