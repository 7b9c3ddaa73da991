"""What can be done with a payment: each a form on a page of its own, or in a dialog of the payment's page."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.allocations.queries import oldest_first
from tallystick.foundation import settings_store
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, at_once, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.approvals import asked_for, needs_another
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.invoice_choice import CHOSEN, InvoiceChoice, choice_context
from tallystick.interfaces.backoffice.naming import amount_text, in_suspense
from tallystick.interfaces.backoffice.payment_forms import (
    AllocateForm,
    AssignForm,
    ConfirmForm,
    DepositForm,
    DifferenceForm,
    MarkPaidForm,
    ReasonForm,
)
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.payments import queries
from tallystick.usecases import allocate, approve, deposit, limits, record
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import allocation_id_of


@page(Permission.COMPLETE_PAYMENTS)
def mark_paid(request: StaffRequest, public: str) -> HttpResponse:
    """This function will complete a pending or failed payment for money that came outside of any payment service."""
    row = queries.payment(addresses.payment_id_of(public))
    act = Act(
        title=_("Mark as Paid"),
        lead=_("%(amount)s is expected.") % {"amount": amount_text(row["total_minor"], row["currency"])},
        submit=_("Mark as Paid"),
        back=addresses.payment_url(row["id"]),
        happens=[
            _("The money is booked, goes to the invoices that it was meant for, and a receipt is sent if wanted."),
            *needs_another(limits.COMPLETING_ABOVE),
        ],
        done=_("The payment is marked as paid."),
    )
    form = MarkPaidForm(request.POST or None, row=row, currencies=ledger.usable_currencies(), today=request.today)
    if form.is_valid():
        told = form.cleaned_data
        with refusals(form):
            answer = approve.mark_paid(
                **asked(request),
                payment_id=row["id"],
                received_date=told["received"],
                method=told["method"],
                reference=told["reference"],
                **form.values(),
            )
            return asked_for(request, answer) if approve.waits(answer) else done(request, act.back, act.done)
    return show(request, act, form)


@page(Permission.COMPLETE_PAYMENTS)
def deposit_cheque(request: StaffRequest, public: str) -> HttpResponse:
    """This function will record that a cheque was brought to the bank."""
    row = queries.payment(addresses.payment_id_of(public))
    act = Act(
        title=_("Deposit cheque"),
        submit=_("Deposit cheque"),
        back=addresses.payment_url(row["id"]),
        happens=[_("The cheque is in hand no more: the money is on its way to the bank’s statement.")],
        done=_("The cheque is deposited."),
    )
    return carry_out(
        request,
        act,
        DepositForm(request.POST or None, today=request.today),
        lambda told: deposit.deposit_cheque(**asked(request), payment_id=row["id"], deposited_date=told["deposited"]),
    )


@page(Permission.CANCEL_PAYMENTS)
def cancel(request: StaffRequest, public: str) -> HttpResponse:
    """This function will cancel a promised payment."""
    row = queries.payment(addresses.payment_id_of(public))
    act = Act(
        title=_("Cancel this payment?"),
        submit=_("Cancel payment"),
        tone="danger",
        back=addresses.payment_url(row["id"]),
        happens=[_("It stays in the list as cancelled. Money that comes later becomes a new payment.")],
        done=_("The payment is cancelled."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: record.cancel_payment(**asked(request), payment_id=row["id"]),
    )


@page(Permission.ALLOCATE_PAYMENTS)
def allocate_payment(request: StaffRequest, public: str) -> HttpResponse:
    """This function will set what is left of a payment against open invoices; in suspense it is assigned as well."""
    row = queries.payment(addresses.payment_id_of(public))
    # A form of money in suspense that is sent twice finds it assigned by the first time.
    if in_suspense(row) or CHOSEN in request.POST:
        return _assign_and_allocate(request, row)
    left, currency = row["unallocated_minor"], row["currency"]
    open_rows = invoices.open_invoices(row["customer_id"], currency) if row["customer_id"] else []
    numbers = {each["id"]: each["number"] for each in open_rows}
    spread = oldest_first(left, [(each["id"], each["open_minor"]) for each in open_rows])
    form = AllocateForm(request.POST or None, row=row, open_rows=open_rows)
    spreads = "oldest_first" in request.POST
    act = Act(
        title=_("Allocate"),
        lead=_("%(amount)s is left of this payment.") % {"amount": amount_text(left, currency)},
        submit=_("Allocate"),
        back=addresses.payment_url(row["id"]),
        done=_("The money is allocated."),
    )
    return carry_out(
        request,
        act,
        form,
        lambda _told: allocate.allocate_payment(
            **asked(request),
            payment_id=row["id"],
            parts=[] if spreads else form.parts(),
            takes_oldest_first=spreads,
        ),
        template="backoffice/allocate.html",
        context={"spread": [(numbers[each], amount) for each, amount in spread], "currency": currency},
    )


def _assign_and_allocate(request: StaffRequest, row: dict[str, Any]) -> HttpResponse:
    available = Money(row["unallocated_minor"], parse_currency(row["currency"]))
    data = request.POST if request.method == "POST" else None
    choice = InvoiceChoice(data, payer_id=row["customer_id"], currency=available.currency, available=available)
    act = Act(
        title=_("Assign & allocate"),
        lead=_("%(amount)s waits in suspense.") % {"amount": amount_text(available.minor, available.currency)},
        submit=_("Assign & allocate"),
        back=addresses.payment_url(row["id"]),
        happens=[_("The customer of the invoices becomes the payer."), _edit_told(row)],
        done=_("The payment has a customer, and the money is allocated."),
    )
    return carry_out(
        request,
        act,
        choice.form,
        lambda _told: allocate.allocate_payment(**asked(request), payment_id=row["id"], parts=choice.parts()),
        template="backoffice/assign_allocate.html",
        context=choice_context(request, choice, within="#invoice-choice"),
    )


@require_POST
@page(Permission.ALLOCATE_PAYMENTS)
def release(request: StaffRequest, public: str, allocation: str) -> HttpResponse:
    """This function will undo one allocation."""
    payment_id = addresses.payment_id_of(public)
    allocation_id = allocation_id_of(allocation)
    return at_once(
        request,
        lambda: allocate.release_allocation(**asked(request), allocation_id=allocation_id),
        back=addresses.payment_url(payment_id),
        message=_("The allocation is undone. The invoice is open again, and the money is credit."),
    )


@page(Permission.ASSIGN_PAYMENTS)
def assign(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give a payment to a customer."""
    row = queries.payment(addresses.payment_id_of(public))
    act = Act(
        title=_("Assign"),
        lead=_("Whose %(amount)s is it?") % {"amount": amount_text(row["total_minor"], row["currency"])},
        submit=_("Assign"),
        back=addresses.payment_url(row["id"]),
        happens=[_("The money becomes credit of the customer."), _edit_told(row)],
        done=_("The payment has a customer now."),
    )
    return carry_out(
        request,
        act,
        AssignForm(request.POST or None),
        lambda told: allocate.assign_payment(
            **asked(request), payment_id=row["id"], customer_id=addresses.customer_id_of(told["customer"])
        ),
    )


@page(Permission.ASSIGN_PAYMENTS)
def unassign(request: StaffRequest, public: str) -> HttpResponse:
    """This function will take a payment from its customer."""
    row = queries.payment(addresses.payment_id_of(public))
    act = Act(
        title=_("Take this payment from its customer?"),
        submit=_("Un-assign"),
        tone="danger",
        back=addresses.payment_url(row["id"]),
        happens=[
            _("All its allocations are undone: the invoices open again. The money waits in suspense."),
            _edit_told(row),
        ],
        done=_("The payment waits in suspense again."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: allocate.unassign_payment(**asked(request), payment_id=row["id"]),
    )


@page(Permission.REVERSE_PAYMENTS)
def reverse(request: StaffRequest, public: str) -> HttpResponse:
    """This function will undo a payment that was recorded wrongly."""
    row = queries.payment(addresses.payment_id_of(public))
    act = Act(
        title=_("Reverse this payment?"),
        lead=_("For a record of ours that is wrong. Money that did come is refunded instead."),
        submit=_("Reverse"),
        tone="danger",
        back=addresses.payment_url(row["id"]),
        happens=[_("Its allocations are undone, a counter-entry is booked, and the row stays, marked as reversed.")],
        done=_("The payment is reversed."),
    )
    return carry_out(
        request,
        act,
        ReasonForm(request.POST or None),
        lambda told: allocate.reverse_payment(**asked(request), payment_id=row["id"], reason=told["reason"]),
    )


@page(Permission.WRITE_SMALL_DIFFERENCES)
def difference(request: StaffRequest, public: str) -> HttpResponse:
    """This function will write off the little that a payment has too much."""
    row = queries.payment(addresses.payment_id_of(public))
    left = Money(row["unallocated_minor"], parse_currency(row["currency"]))
    act = Act(
        title=_("Write off the rest"),
        lead=_("%(amount)s is left of this payment.") % {"amount": amount_text(left.minor, left.currency)},
        submit=_("Write off"),
        back=addresses.payment_url(row["id"]),
        happens=[_("It is booked as a small difference and is credit of the customer no more.")],
        done=_("The small difference is written off."),
    )
    return carry_out(
        request,
        act,
        DifferenceForm(request.POST or None, amount=left),
        lambda told: allocate.write_small_difference(
            **asked(request), payment_id=row["id"], amount_minor=told["amount"].minor, reason=told["reason"]
        ),
    )


def _edit_told(row: dict[str, Any]) -> str:
    limit = settings_store.get(queries.ASSIGNMENT_EDITS)
    return _("This is edit %(number)s of %(limit)s.") % {"number": row["assignment_edits"] + 1, "limit": limit}
