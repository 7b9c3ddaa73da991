"""What can be offered to a payer whose payment failed several times, and what such a payer may promise (E22).

Three offers: another due date (`due_dates`), a promise to pay, and an early end with what it costs (`unsubscribe`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.allocations.queries import TOLERANCE
from tallystick.dunning import queries as dunning
from tallystick.dunning import suspension_queries
from tallystick.foundation import settings_store
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries as invoice_queries
from tallystick.invoices.states import ISSUED
from tallystick.payments import queries as payments
from tallystick.payments.failures import failed_often, failures_of
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases.due_dates import days_to_agree
from tallystick.usecases.dunning_pauses import keep_promise
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.usecases.unsubscribe import end_now
from tallystick.wire import builders
from tallystick.wire.dunning import DunningOfInvoiceShape, pause_of_invoice
from tallystick.wire.ids import invoice_id_of
from tallystick.wire.offers import DaysShape, EndOfferShape, OffersShape
from tallystick.wire.subscriptions import CancelPreviewShape

# After so many failures offers are advised (`docs/model.md`, 29).
FAILURES: Final = 3
MOST_DAYS: Final = 60
OWN_PROMISE_DAYS: Final = settings_store.Setting[int](
    "own_promise_days",
    14,
    "Within how many days a customer whose payment failed several times may promise to pay: "
    f"0 to {MOST_DAYS}; 0 for not at all.",
    lambda value: type(value) is int and 0 <= value <= MOST_DAYS,
)
# How many invoices of a customer, and subscriptions of an invoice, are looked at.
_MOST_INVOICES: Final = 3
_MOST_ENDS: Final = 5


@dataclass(kw_only=True, eq=False)
class PromiseNotOffered(Conflict):
    """A customer promises what failed several times, once, and where the business lets it."""

    code: ClassVar[str] = "promise_not_offered"
    sentence: ClassVar[str] = (
        "A day can be promised only for a payment that failed several times, and only once for each invoice."
    )


@use_case(Permission.COLLECT_PAYMENTS)
def promise_own_payment(
    *, actor: Actor, at: datetime, payment_id: UUID, pay_date: date, idempotency_key: str | None = None
) -> DunningOfInvoiceShape:
    """This function will keep what a payer itself promises: to pay all that is open of an invoice whose payment failed
    several times, by a local date. Until then nobody is reminded of it, as with what staff note.

    Raises:
        NotFound: when there is no such payment.
        PromiseNotOffered: when it did not fail so often, the business lets nobody promise, the reminders are paused, or
            a promise for the invoice is waited for or was broken.
        InvalidField: when the day is not one of those that may be promised.
    """
    del idempotency_key
    row = payments.public_payment(payment_id)
    require_own(actor, row["customer_id"], kind="payment")
    if row["invoice_id"] is None:
        raise PromiseNotOffered
    (claim,) = invoices.locked_many([row["invoice_id"]])
    days = days_to_promise(vars(claim), today=local_date(at))
    if days is None:
        raise PromiseNotOffered
    first, last = days
    if not first <= pay_date <= last:
        bounds = {"first": first.isoformat(), "last": last.isoformat()}
        raise InvalidField(name="pay_date", reason=_("Choose a day from %(first)s to %(last)s.") % bounds)
    return keep_promise(claim, pay_date=pay_date, amount_minor=claim.open_minor, note="", actor=actor, at=at)


def days_to_promise(row: Mapping[str, Any], *, today: date) -> tuple[date, date] | None:
    """This function will return the first and the last day by which the payer of an invoice may promise to pay it; None
    when it may promise nothing.
    """
    most = settings_store.get(OWN_PROMISE_DAYS)
    if not most or failures_of([row["id"]]).get(row["id"], 0) < FAILURES:
        return None
    pauses = dunning.pauses_of([row["customer_id"]]).get(row["customer_id"], [])
    if any(each.invoice_id == row["id"] and each.holds(today) for each in pauses):
        return None
    tolerance = settings_store.get(TOLERANCE)
    if dunning.has_broken_promise(row["id"], open_minor=row["open_minor"], tolerance_minor=tolerance, today=today):
        return None
    return today + timedelta(days=1), today + timedelta(days=most)


def offers_of(invoice_id: UUID, *, today: date, tells_private: bool = False) -> OffersShape | None:
    """This function will return what can be offered to the payer of an invoice on a local date, with what is private
    only for staff; None when nothing of it is open.

    Raises:
        NotFound: when there is no such invoice.
    """
    row = invoice_queries.invoice(invoice_id)
    if row["state"] != ISSUED or not row["open_minor"]:
        return None
    failures = failures_of([invoice_id]).get(invoice_id, 0)
    own = days_to_promise(row, today=today)
    billed = suspension_queries.billed_subscriptions([invoice_id]).get(invoice_id, [])
    ends = [
        _end(row, found, told)
        for found in subscriptions.by_ids(billed[:_MOST_ENDS]).values()
        if (told := end_now(found, today=today)) is not None
    ]
    return {
        "invoice": public_id(builders.INVOICE, invoice_id),
        "currency": row["currency"],
        "open_minor": row["open_minor"],
        "failures": failures,
        "is_advised": failures >= FAILURES,
        "due_dates": _days(days_to_agree(row["due_date"], row["stated_due_date"], today=today)),
        "pause": pause_of_invoice(row, today=today, tells_private=tells_private),
        "own_promise": None if own is None else _days(own),
        "ends": ends,
        "more_ends": len(billed[_MOST_ENDS:]),
    }


def advised_offers(customer_id: UUID, *, today: date) -> list[OffersShape]:
    """This function will return for staff what to offer to a payer about the first invoices that were tried in vain so
    often that it is advised.
    """
    found = failed_often(customer_id, least=FAILURES, limit=_MOST_INVOICES)
    offers = (offers_of(invoice_id, today=today, tells_private=True) for invoice_id in found)
    return [each for each in offers if each is not None]


def is_advised(invoice_id: UUID | None) -> bool:
    """This function will say whether what is expected for an invoice failed so often that offers are advised."""
    return invoice_id is not None and failures_of([invoice_id]).get(invoice_id, 0) >= FAILURES


def _end(row: Mapping[str, Any], found: Mapping[str, Any], told: CancelPreviewShape) -> EndOfferShape:
    owes = (public_id(builders.CUSTOMER, row["customer_id"]), row["currency"])
    elsewhere = _taken_elsewhere(row["id"], told)
    left = row["open_minor"] + told["fee_total_minor"] - told["credit_total_minor"] + elsewhere
    return {
        "number": found["number"],
        "description": found["description"],
        "preview": told,
        "elsewhere_minor": elsewhere,
        "left_minor": left if (told["payer"], told["currency"]) == owes else None,
    }


def _taken_elsewhere(invoice_id: UUID, told: CancelPreviewShape) -> int:
    """What other invoices that are open take of a credit, which is set against each as far as it needs it."""
    given = {invoice_id_of(each["invoice"]): each["total_minor"] for each in told["credits"]}
    rows = invoice_queries.invoices_by_id(given.keys() - {invoice_id})
    return sum(min(given[each], row["open_minor"]) for each, row in rows.items())


def _days(days: tuple[date, date]) -> DaysShape:
    return {"first_date": days[0].isoformat(), "last_date": days[1].isoformat()}
