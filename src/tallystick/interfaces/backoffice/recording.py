"""Recording a payment, with what will happen said before it happens."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.allocations.queries import oldest_first
from tallystick.customers import queries as customers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import NotFound
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.approvals import asked_for
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.invoice_choice import InvoiceChoice, choice_context
from tallystick.interfaces.backoffice.naming import Row, amount_text, payment_name
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm, EditForm
from tallystick.interfaces.backoffice.record_form import RecordForm
from tallystick.interfaces.kit.forms import typed
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.payments import queries as payments
from tallystick.payments.exchange import Came, Exchange, ExchangeNotAccepted, as_said, by_table
from tallystick.payments.lookalikes import Sought, lookalikes
from tallystick.usecases import amend, approve
from tallystick.usecases.duplicates import DuplicatePayment
from tallystick.usecases.roles import Permission
from tallystick.wire import builders


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a payment that is being recorded would do; amounts in minor units of the currency it is credited in."""

    currency: str
    # What came in another currency, and at which rate; or what the stored rates would make of it for the named invoice.
    exchange: Exchange | None
    could_be: Exchange | None
    parts: list[tuple[str, int]]
    left_minor: int
    customer: str
    # A number that was typed and fits no invoice, or one that this money cannot pay.
    unknown: str
    unpayable: str
    is_completed: bool
    # The payment that looks the same, if there is one.
    alike: Row | None
    # What is left goes into the wallet, for a prepaid customer whose payment names no invoice.
    tops_up: bool


@page(Permission.RECORD_PAYMENTS)
def record_payment(request: StaffRequest) -> HttpResponse:
    """This function will record money that was received or promised, for invoices that are searched and chosen."""
    form, choice = _filled(request, request.POST if request.method == "POST" else None)
    alike: Row | None = None
    if _is_valid(form, choice):
        with refusals(form):
            try:
                allows = "allows_duplicate" in request.POST
                told = approve.record_payment(
                    **asked(request), **form.values(), parts=choice.parts(), allows_duplicate=allows
                )
            except DuplicatePayment as error:
                alike = _alike(payments.payment(error.payment_id))
                raise
            if approve.waits(told):
                return asked_for(request, told)
            url = addresses.payment_url(addresses.payment_id_of(told["id"]))
            return done(request, url, _("The payment is recorded."))
    act = Act(
        title=_("Record payment"),
        lead=_("Money that a customer paid you outside of any payment service, or promised to."),
        submit=_("Save payment"),
        back=reverse("office:payments"),
    )
    context = {
        "proposal": _proposal(form, choice) if form.is_bound else None,
        "alike": alike,
        **choice_context(request, choice, within="#record"),
    }
    return show(request, act, form, template="backoffice/record.html", context=context)


@page(Permission.RECORD_PAYMENTS)
def edit(request: StaffRequest, public: str) -> HttpResponse:
    """This function will change what a payment says, and of a promise made by hand also what it is."""
    row = payments.payment(addresses.payment_id_of(public))
    form = EditForm(request.POST or None, row=row, currencies=ledger.usable_currencies(), today=request.today)
    booked = _("Amount, customer, method and date of what is booked, or is with a payment service, stay as they are.")
    moved = _("Another customer or currency lets go of the invoices that the money is meant for.")
    act = Act(
        title=_("Edit payment"),
        lead="" if form.states_facts else booked,
        submit=_("Save"),
        back=addresses.payment_url(row["id"]),
        happens=[moved] if form.states_facts else [],
        done=_("The payment is changed."),
    )
    return carry_out(
        request,
        act,
        form,
        lambda _told: amend.edit_payment(**asked(request), payment_id=row["id"], changes=form.changes()),
    )


@page(Permission.DELETE_PAYMENTS)
def delete(request: StaffRequest, public: str) -> HttpResponse:
    """This function will delete a payment that was never booked."""
    row = payments.payment(addresses.payment_id_of(public))
    form = ConfirmForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            amend.delete_payment(**asked(request), payment_id=row["id"])
            return done(request, reverse("office:payments"), _("The payment is deleted."))
    act = Act(
        title=_("Delete this payment?"),
        lead=_("For what should never have been recorded: %(amount)s.")
        % {"amount": amount_text(row["total_minor"], row["currency"])},
        submit=_("Delete"),
        tone="danger",
        back=addresses.payment_url(row["id"]),
        happens=[_("It leaves every list, here and in the portal. Nothing of it was booked. The trail keeps it.")],
    )
    return show(request, act, form)


@require_POST
@page(Permission.RECORD_PAYMENTS)
def preview(request: StaffRequest) -> HttpResponse:
    """This function will show what the payment in the form would do, while it is typed; it writes nothing."""
    form, choice = _filled(request, request.POST)
    _is_valid(form, choice)
    return render(request, "backoffice/record_preview.html", {"proposal": _proposal(form, choice)})


def _filled(request: StaffRequest, data: Any) -> tuple[RecordForm, InvoiceChoice]:
    """The form and the choice of invoices; after a button of the choice with what was typed, and nothing is wrong."""
    how: dict[str, Any] = {
        "currencies": ledger.usable_currencies(),
        "today": request.today,
        "may_complete": request.actor.may(Permission.COMPLETE_PAYMENTS),
    }
    if data is None:
        initial, chosen = _initial(request)
        return RecordForm(initial=initial, **how), InvoiceChoice(
            None, payer_id=_id_of_customer(initial["customer"]), initial=chosen
        )
    blank = RecordForm(**how)
    said = typed(blank, data)
    credited, total = (_money(blank, name, said.get(name)) for name in ("credited", "total"))
    choice = InvoiceChoice(data, payer_id=_id_of_customer(said["customer"][0]), available=credited or total)
    if not choice.presses:
        return RecordForm(data, **how), choice
    if choice.payer_id is not None:
        said["customer"] = addresses.public(builders.CUSTOMER, choice.payer_id)
    proposed = total is not None and (total.minor, total.currency) == (choice.before_minor, choice.currency)
    if choice.rows and (proposed or not said["total"][0].strip()):
        # All that is open, of all that is chosen, is what most people would enter; what they typed stays.
        said["total"] = Money(choice.open_minor, parse_currency(choice.currency))
    return RecordForm(initial=said, **how), choice


def _is_valid(form: RecordForm, choice: InvoiceChoice) -> bool:
    checked = [each.is_valid() for each in (form, choice.form)]
    if choice.rows and form.is_bound and form.cleaned_data.get("invoice"):
        form.add_error("invoice", _("Leave this empty when invoices are chosen below."))
        return False
    return all(checked)


def _initial(request: StaffRequest) -> tuple[dict[str, Any], list[UUID]]:
    """What the page that led here named: a customer, or an invoice with all that is open on it."""
    public = request.GET.get("invoice", "")
    if not public:
        return {"customer": request.GET.get("customer", "")}, []
    row = invoices.invoice(addresses.invoice_id_of(public))
    found = {
        "customer": addresses.public(builders.CUSTOMER, row["customer_id"]),
        "description": row["number"] or "",
        "total": Money(row["open_minor"], parse_currency(row["currency"])),
    }
    return found, [row["id"]]


def _id_of_customer(text: str) -> UUID | None:
    """The customer that was picked; None for none, and for what no picker has written."""
    try:
        return addresses.customer_id_of(text) if text else None
    except NotFound:
        return None


def _money(form: RecordForm, name: str, said: Any) -> Money | None:
    """An amount as it was typed, as far as it can be read."""
    if said is None:
        return None
    with suppress(ValidationError):
        amount: Money | None = form.fields[name].clean(said)
        return amount
    return None


def _proposal(form: RecordForm, choice: InvoiceChoice) -> Proposal | None:
    told = form.cleaned_data
    came: Money | None = told.get("total")
    if came is None or not choice.form.is_valid():
        return None
    total: Money = told.get("credited") or came
    day: date | None = told.get("received")
    number = told.get("invoice", "").strip()
    customer_id = _id_of_customer(told.get("customer", ""))
    found = choice.rows[0] if choice.rows else invoices.by_number(number) if number else None
    opened = []
    fits = found and found["currency"] == total.currency and customer_id in {None, found["customer_id"]}
    if found and fits:
        opened = [found]
        customer_id = customer_id or found["customer_id"]
    elif told.get("allocates_oldest_first") and customer_id and not found:
        opened = invoices.open_invoices(customer_id, total.currency)
    payer = _payer(customer_id)
    if choice.rows and fits:
        parts = choice.spread(total.minor)
    else:
        numbers = {row["id"]: row["number"] for row in opened}
        spread = oldest_first(total.minor, [(row["id"], row["open_minor"]) for row in opened])
        parts = [(numbers[invoice_id], amount) for invoice_id, amount in spread]
    return Proposal(
        currency=total.currency,
        exchange=_exchange(came, told.get("credited"), day),
        could_be=_could_be(came, found["currency"], day) if found and not fits else None,
        parts=parts,
        left_minor=total.minor - sum(amount for _number, amount in parts),
        customer=payer["name"] if payer else "",
        tops_up=bool(payer and payer["is_prepaid"] and not (found and fits)),
        unknown=number if number and not found else "",
        unpayable=str(found["number"]) if found and not fits else "",
        is_completed=told.get("status") == "completed",
        alike=_lookalike(told, total, customer_id),
    )


def _exchange(came: Money, credited: Money | None, day: date | None) -> Exchange | None:
    if credited is None or day is None:
        return None
    said = Came(minor=came.minor, currency=came.currency)
    with suppress(ExchangeNotAccepted, ledger.NoExchangeRate):
        return as_said(said, credited.minor, credited.currency, day, by=_("you"))
    return None


def _could_be(came: Money, currency: str, day: date | None) -> Exchange | None:
    """What the stored rates make of the money, when the invoice that was named is in another currency."""
    if day is None:
        return None
    with suppress(ExchangeNotAccepted, ledger.NoExchangeRate):
        return by_table(Came(minor=came.minor, currency=came.currency), currency, day)
    return None


def _lookalike(told: dict[str, Any], total: Money, customer_id: UUID | None) -> Row | None:
    """The payment that looks like the one in the form, once it says what they are compared by."""
    if told.get("status") == "cancelled" or not (told.get("received") or told.get("reference")):
        return None
    sought = Sought(
        customer_id=customer_id,
        total_minor=total.minor,
        currency=total.currency,
        received_date=told.get("received"),
        reference=told.get("reference", ""),
    )
    return next(map(_alike, lookalikes([sought]).values()), None)


def _alike(row: Row) -> Row:
    """A payment as the warning names it: by its number, its day and its address."""
    invoice_ids = [row["invoice_id"]] if row["invoice_id"] else []
    return {
        "name": payment_name(row, invoices.numbers(invoice_ids)),
        "url": addresses.payment_url(row["id"]),
        "day": row["received_date"] or local_date(row["created_at"]),
        "reference": row["reference"],
    }


def _payer(customer_id: Any) -> dict[str, Any] | None:
    if customer_id is None:
        return None
    try:
        return customers.customer(customer_id)
    except NotFound:
        return None
