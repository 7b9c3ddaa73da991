"""Autopay: the payer agrees, and what is due is charged by itself (E33, E38e, C13; `docs/model.md`, 27).

`agree` and `end` are the payer's word; `due` finds what is to be charged today, `charge` charges one payment. A charge
that fails is tried again by `payments.retry_plan`, from `settle.settle_attempt`.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tallystick.foundation import audit, jobs, settings_store
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import require_outside, transaction
from tallystick.money.currencies import UnknownCurrency, parse_currency
from tallystick.payments import autopay, autopay_queries
from tallystick.payments import queries as payments
from tallystick.payments.attempts import PaymentInProgress
from tallystick.payments.autopay import Agreed
from tallystick.payments.autopay_queries import Candidate
from tallystick.subscriptions.collection import collected_by_hand
from tallystick.subscriptions.schedule import months_after, on_day
from tallystick.usecases import collect, places
from tallystick.usecases.frame import SYSTEM, require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import AutopayShape

TERMS: Final = settings_store.text(
    "autopay_terms",
    default=(
        "I allow this business to charge my stored payment method for invoices when they are due, until I end this. "
        "I am told of every charge, and can end this at any time."
    ),
    describes="What customers accept when they switch automatic payment on.",
)
# How many candidates are read at once.
_CHUNK: Final = 500
# A charge day comes before the due date by less than this.
_LONGEST_MONTH: Final = timedelta(days=31)


class NotCharged(StrEnum):
    """Why a payment that was to be charged was not."""

    SETTLED = "settled"
    ENDED = "ended"
    EXEMPT = "exempt"
    NOT_DUE = "not_due"
    ABOVE_CAP = "above_cap"
    NO_METHOD = "no_method"
    IN_PROGRESS = "in_progress"


@use_case(Permission.MANAGE_AUTOPAY)
def agree(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    terms_text: str,
    method_id: UUID | None = None,
    charge_day: int | None = None,
    cap_minor: int | None = None,
    cap_currency: str = "",
    idempotency_key: str | None = None,
) -> AutopayShape:
    """This function will switch autopay on for a payer, or change it: a new agreement in place of the old (C13).

    `terms_text` is what was shown and accepted; it must be what the business asks for now, so that nobody agrees to
    words that they did not see.

    Raises:
        NotFound: when there is no such customer or method.
        InvalidField: when the terms were changed meanwhile, or the cap's currency is none.
        NoMethodToCharge, ChargeDayNotAccepted, CapNotAccepted, AutopayAgreedAlready: as the names say.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    if terms_text != settings_store.get(TERMS):
        raise InvalidField(name="terms_text", reason="The terms were changed meanwhile. Read them again.")
    if cap_minor is not None:
        try:
            parse_currency(cap_currency)
        except UnknownCurrency as error:
            raise InvalidField(name="cap_currency", reason=str(error)) from None
    before = autopay_queries.agreement(customer_id)
    agreed = Agreed(method_id=method_id, charge_day=charge_day, cap_minor=cap_minor, cap_currency=cap_currency)
    autopay.agree(customer_id, agreed, terms_text=terms_text, by=actor.label, at=at)
    shape = builders.autopay_shape(autopay_queries.agreement(customer_id))
    audit.record(
        actor=actor,
        at=at,
        action="agree_autopay",
        kind="customer",
        object_id=customer_id,
        before=None if before is None else builders.autopay_shape(before),
        after=shape,
    )
    return shape


@use_case(Permission.MANAGE_AUTOPAY)
def end(
    *, actor: Actor, at: datetime, customer_id: UUID, reason: str = "", idempotency_key: str | None = None
) -> AutopayShape:
    """This function will end a payer's autopay at once; planned tries are given up. Without one nothing happens.

    Raises:
        NotFound: when there is no such customer.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    refuse_card_numbers(reason=reason)
    before = autopay_queries.agreement(customer_id)
    if before is not None:
        autopay.end(customer_id, by=actor.label, at=at)
        audit.record(
            actor=actor,
            at=at,
            action="end_autopay",
            kind="customer",
            object_id=customer_id,
            before=builders.autopay_shape(before),
            after={"reason": reason},
        )
    return builders.autopay_shape(None)


def charge_date(invoice_date: date, due_date: date, charge_day: int | None) -> date:
    """This function will return the local date on which an invoice is charged.

    That is the due date, or the first charge day on or after the invoice's date, if one comes before it is due.
    """
    if charge_day is None:
        return due_date
    here = on_day(invoice_date.year, invoice_date.month, charge_day)
    chosen = here if here >= invoice_date else months_after(invoice_date, 1, day=charge_day)
    return min(chosen, due_date)


def due(*, at: datetime) -> Iterator[UUID]:
    """This function will yield the payments that are to be charged by the local date of `at`, in no order of dates."""
    today = local_date(at)
    after: UUID | None = None
    while found := autopay_queries.candidates(today=today, due_until=today + _LONGEST_MONTH, after=after, limit=_CHUNK):
        after = found[-1].payment_id
        agreed = autopay_queries.agreements({each.customer_id for each in found})
        by_hand = collected_by_hand([each.invoice_id for each in found])
        for each in found:
            if each.invoice_id not in by_hand and _is_due(each, agreed.get(each.customer_id), today):
                yield each.payment_id


def defer_due(*, at: datetime, a_job: int = 20) -> int:
    """This function will queue the charges of the day, some in each job, and return how many there are."""
    waiting = list(due(at=at))
    with transaction():
        for start in range(0, len(waiting), a_job):
            jobs.defer("autopay.charge", payment_ids=[each.hex for each in waiting[start : start + a_job]])
    return len(waiting)


def charge(*, payment_id: UUID, at: datetime) -> NotCharged | None:
    """This function will charge one expected payment to the payer's method, nobody being there; None when it did.

    Everything is looked at again first: the payment may have been paid, the agreement ended, since it was found. A
    second call on the same day charges nothing twice.

    Raises:
        GatewayNotEnabled: when the method's gateway account was switched off.
    """
    require_outside("Calling a gateway")
    found = autopay_queries.candidate(payment_id)
    if found is None:
        return NotCharged.SETTLED
    agreed = autopay_queries.agreement(found.customer_id)
    if agreed is None:
        return NotCharged.ENDED
    method_id = autopay_queries.method_to_charge(agreed)
    why = _why_not(found, agreed, today=local_date(at))
    if method_id is None or why is not None:
        return _tell(found, why or NotCharged.NO_METHOD)
    _token, account_id = payments.method_token(method_id, of_customer=found.customer_id)
    try:
        collect.pay(
            actor=SYSTEM,
            at=at,
            customer_id=found.customer_id,
            amounts={found.invoice_id: None},
            account_id=account_id,
            return_url=places.portal_payment(payment_id),
            method_id=method_id,
            off_session=True,
            # Once a day for each payment, however often the day's run is begun anew.
            idempotency_key=f"autopay:{public_id(builders.PAYMENT, payment_id)}:{local_date(at)}",
        )
    except PaymentInProgress:
        return NotCharged.IN_PROGRESS
    return None


def _why_not(found: Candidate, agreed: dict[str, Any], *, today: date) -> NotCharged | None:
    if collected_by_hand([found.invoice_id]):
        return NotCharged.EXEMPT
    if not _is_due(found, agreed, today):
        return NotCharged.NOT_DUE
    return NotCharged.ABOVE_CAP if _is_above_cap(found, agreed) else None


def _is_due(found: Candidate, agreed: dict[str, Any] | None, today: date) -> bool:
    if agreed is None:
        return False
    if found.next_try_date is not None:
        return found.next_try_date <= today
    return charge_date(found.invoice_date, found.due_date, agreed["charge_day"]) <= today


def _is_above_cap(found: Candidate, agreed: dict[str, Any]) -> bool:
    """A cap in another currency than the invoice's says nothing of it, so nothing is charged without being asked."""
    if agreed["cap_minor"] is None:
        return False
    return bool(found.currency != agreed["cap_currency"] or found.open_minor > agreed["cap_minor"])


def _tell(found: Candidate, why: NotCharged) -> NotCharged:
    """Have the payer told what only they can mend."""
    if why in {NotCharged.ABOVE_CAP, NotCharged.NO_METHOD}:
        with transaction():
            jobs.defer("mail.action_needed", payment_id=str(found.payment_id), reason=why.value)
    return why
