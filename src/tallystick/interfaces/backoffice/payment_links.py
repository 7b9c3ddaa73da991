"""What can be done next with a payment, by its status and by what whoever looks at it may do."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.allocations.queries import TOLERANCE
from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.gateways.port import Outcome
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.backoffice.naming import Row, in_suspense
from tallystick.invoices.write_off_queries import written_off_invoices
from tallystick.ledger.queries import entry_of
from tallystick.payments import queries, states
from tallystick.payments.dispute_queries import RETURNED_BY_BANKS
from tallystick.payments.posting_rules import GATEWAY
from tallystick.payments.receipts import has_receipt
from tallystick.usecases.plan_retry import days_to_choose
from tallystick.usecases.roles import Permission
from tallystick.wire import builders

Offer = tuple[Permission, Link]
# How many written-off invoices a payment offers to pay, the oldest first.
_DEBTS: Final = 3


def acts_of(
    request: StaffRequest, row: Row, *, attempts: list[dict[str, Any]], is_left_to_credit: bool = False
) -> tuple[Link | None, list[Link]]:
    """This function will return the one next action of a payment, and the others, the likely ones first.

    `is_left_to_credit` says of a purchase that not all of it was credited yet.
    """
    offers = _offers(row, attempts, today=request.today, is_left_to_credit=is_left_to_credit)
    links = [link for permission, link in offers if request.actor.may(permission)]
    main = next((link for link in links if link.leads), None)
    return main, [link for link in links if link is not main]


def release_link(request: StaffRequest, row: Row, part: Row) -> Link | None:
    """This function will return what undoes one allocation, to those who may."""
    if part["released_at"] or not request.actor.may(Permission.ALLOCATE_PAYMENTS):
        return None
    address = reverse(
        "office:release",
        args=[public_id(builders.PAYMENT, row["id"]), public_id(builders.ALLOCATION, part["id"])],
    )
    return Link(label=_("Undo this allocation"), url=address, icon="undo", post=True)


def _offers(row: Row, attempts: list[dict[str, Any]], *, today: date, is_left_to_credit: bool) -> Iterator[Offer]:
    if row["kind"] == states.CHARGE and is_left_to_credit:
        yield Permission.CREDIT_CHARGES, Link(label=_("Credit back"), url=_charge_url(row), icon="undo", leads=True)
    if row["kind"] in {states.RECEIPT, states.SCHEDULED} and not row["reversed_at"]:
        yield from _moves(row, attempts, today)
    if has_receipt(row):
        receipt = Link(label=_("Issue receipt"), url=_url("receipt", row), icon="receipt", dialog=False)
        yield Permission.DOWNLOAD, receipt
    if row["kind"] not in {states.CHARGE, states.VOUCHER}:
        yield Permission.RECORD_PAYMENTS, Link(label=_("Edit"), url=_url("edit", row), icon="pencil")
    # What was tried at a payment service stays, because the service may still report about it.
    unposted = row["status"] in {states.PENDING, states.FAILED, states.CANCELLED}
    if row["kind"] == states.RECEIPT and unposted and not attempts:
        yield (
            Permission.DELETE_PAYMENTS,
            Link(label=_("Delete"), url=_url("delete", row), icon="trash", tone="danger"),
        )


def _moves(row: Row, attempts: list[dict[str, Any]], today: date) -> Iterator[Offer]:
    match row["status"]:
        case states.PENDING | states.FAILED:
            yield from _waiting(row, today)
        case states.PROCESSING:
            if attempts and attempts[-1]["state"] == Outcome.ACTION_REQUIRED:
                yield (
                    Permission.COLLECT_PAYMENTS,
                    Link(label=_("Give up the checkout"), url=_url("give-up", row), icon="stop"),
                )
        case states.COMPLETED:
            yield from _completed(row)


def _waiting(row: Row, today: date) -> Iterator[Offer]:
    paid = Link(label=_("Mark as Paid"), url=_url("mark-paid", row), icon="check", leads=True)
    again = Link(label=_("Retry Payment"), url=_url("retry", row), icon="refresh", leads=True)
    if row["status"] == states.FAILED:
        yield Permission.COLLECT_PAYMENTS, again
        if days_to_choose(row, today=today) is not None:
            later = Link(label=_("Retry on a day"), url=_url("plan-retry", row), icon="calendar")
            yield Permission.COLLECT_PAYMENTS, later
    yield Permission.COMPLETE_PAYMENTS, paid
    if row["kind"] == states.RECEIPT:
        if row["customer_id"] is None:
            yield Permission.ASSIGN_PAYMENTS, Link(label=_("Assign"), url=_url("assign", row), icon="link")
        yield (
            Permission.CANCEL_PAYMENTS,
            Link(label=_("Cancel payment"), url=_url("cancel", row), icon="stop", tone="danger"),
        )


def _completed(row: Row) -> Iterator[Offer]:
    suspense, left = in_suspense(row), row["unallocated_minor"]
    if suspense:
        yield (
            Permission.ALLOCATE_PAYMENTS,
            Link(label=_("Assign & allocate"), url=_url("allocate", row), icon="link", leads=True),
        )
        yield Permission.ASSIGN_PAYMENTS, Link(label=_("Assign only"), url=_url("assign", row), icon="person")
    if left + row["allocated_minor"] - row["disputed_minor"] > 0:
        yield (
            Permission.REFUND_PAYMENTS,
            Link(label=_("Refund Payment"), url=_url("refund", row), icon="undo", leads=True),
        )
    if left and not suspense:
        yield Permission.ALLOCATE_PAYMENTS, Link(label=_("Allocate"), url=_url("allocate", row), icon="link")
        yield from _debts_paid_after_all(row)
        if left <= settings_store.get(TOLERANCE):
            yield (
                Permission.WRITE_SMALL_DIFFERENCES,
                Link(label=_("Write off the rest"), url=_url("difference", row), icon="minus"),
            )
    if row["kind"] == states.RECEIPT and row["customer_id"] and _is_editable(row):
        yield Permission.ASSIGN_PAYMENTS, Link(label=_("Un-assign"), url=_url("unassign", row), icon="unlink")
    if row["method"] == "cheque" and not row["lost_minor"] and entry_of(row["id"], "J33") is None:
        yield Permission.COMPLETE_PAYMENTS, Link(label=_("Deposit cheque"), url=_url("deposit", row), icon="bank")
    # What was disputed or sent back once is not a second time.
    can_go_back = row["lost_minor"] + row["disputed_minor"] < row["total_minor"]
    if can_go_back and row["method"] == GATEWAY:
        yield Permission.DISPUTE_PAYMENTS, Link(label=_("Record a dispute"), url=_url("dispute", row), icon="flag")
    elif can_go_back and row["method"] in RETURNED_BY_BANKS:
        yield (
            Permission.DISPUTE_PAYMENTS,
            Link(label=_("Record a bank return"), url=_url("bank-return", row), icon="flag", tone="danger"),
        )
    if row["method"] != GATEWAY:
        yield (
            Permission.REVERSE_PAYMENTS,
            Link(label=_("Reverse"), url=_url("reverse", row), icon="x-circle", tone="danger"),
        )


def _debts_paid_after_all(row: Row) -> Iterator[Offer]:
    """What is left of the money may be for an invoice that was written off (J13)."""
    for invoice in written_off_invoices(row["customer_id"], row["currency"], limit=_DEBTS):
        url = reverse("office:invoice-recover", args=[public_id(builders.INVOICE, invoice["id"])])
        label = _("Pays %(number)s, written off") % {"number": invoice["number"]}
        yield Permission.WRITE_OFF_INVOICES, Link(label=label, url=f"{url}?payment={row['id'].hex}", icon="undo")


def _charge_url(row: Row) -> str:
    return reverse("office:charge-credit", args=[public_id(builders.PAYMENT, row["id"])])


def _url(act: str, row: Row) -> str:
    return reverse(f"office:payment-{act}", args=[public_id(builders.PAYMENT, row["id"])])


def _is_editable(row: Row) -> bool:
    """Whether an assign or an un-assign is left of those that the business allows (`docs/model.md`, 8)."""
    return bool(row["assignment_edits"] < settings_store.get(queries.ASSIGNMENT_EDITS))
