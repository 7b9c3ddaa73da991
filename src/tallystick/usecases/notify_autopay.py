"""Mails about automatic payment: what was agreed, that it ended, and what only the payer can do for a charge."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tallystick.allocations.queries import targets
from tallystick.correspondence.contents import ActionNeeded, AutopayAgreed, AutopayChange, AutopayChanged, Letter, Need
from tallystick.correspondence.queries import letterhead
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.foundation.clock import local_date
from tallystick.invoices import queries as invoices
from tallystick.payments import autopay_queries, states
from tallystick.payments import queries as payments
from tallystick.usecases import places
from tallystick.usecases.letters import money, queue_letter
from tallystick.usecases.payment_links import mailed_address
from tallystick.wire import words

_OPEN: Final = frozenset({states.PENDING, states.FAILED})


def need_key(need: Need, payment_id: UUID) -> str:
    """This function will return under which key the payer is told, once, what an expected payment needs."""
    return f"{need}:{payment_id}"


def write_action_needed(*, payment_id: UUID, need: Need, at: datetime) -> int:
    """This function will tell those who hear of failed payments why an expected payment is not charged by itself, and
    what to do.

    Nothing is written when it was paid, or begun, since.

    Raises:
        NotFound: when there is no such payment.
    """
    row = payments.public_payment(payment_id)
    if row["customer_id"] is None or row["status"] not in _OPEN:
        return 0
    return _write_need(row, need, minor=row["total_minor"], unique_key=need_key(need, payment_id), at=at)


def write_confirmation_needed(*, attempt_id: UUID, at: datetime) -> int:
    """This function will tell those who hear of failed payments that their bank wants a charge confirmed, in place of
    a failure (S34).

    Nothing is written when the payment was paid since.

    Raises:
        NotFound: when there is no such attempt.
    """
    attempt = payments.attempt(attempt_id)
    row = payments.public_payment(attempt["payment_id"])
    if row["customer_id"] is None or row["status"] not in _OPEN | {states.PROCESSING}:
        return 0
    need = Need.AUTHENTICATION_REQUIRED
    # In the payment's own currency: in that it is tried again.
    minor = attempt["owed_minor"] or attempt["amount_minor"]
    return _write_need(row, need, minor=minor, unique_key=f"{need}:{attempt_id}", at=at)


def write_agreed(*, agreement_id: UUID, at: datetime) -> int:
    """This function will send those who hear of failed payments what was agreed of automatic payment, with the words
    that were accepted.

    Nothing is written when something else was agreed since, or it was ended.

    Raises:
        NotFound: when there is no such agreement.
    """
    agreed = autopay_queries.agreement_by_id(agreement_id)
    if agreed["ended_at"] is not None:
        return 0
    customer = customers.customer(agreed["customer_id"])

    def letter(locale: str) -> Letter:
        return AutopayAgreed(
            business=letterhead(),
            locale=locale,
            customer_name=customer["name"],
            method=_method(agreed["customer_id"], agreed["method_id"]),
            charge_day=agreed["charge_day"],
            cap=money(agreed["cap_minor"], agreed["cap_currency"]) if agreed["cap_minor"] is not None else None,
            agreed_date=local_date(agreed["accepted_at"]),
            agreed_by=agreed["accepted_by"],
            terms=agreed["terms_text"],
            autopay_url=places.portal_autopay(),
        )

    return queue_letter(
        letter,
        customer,
        recipients(Mail.FAILED_PAYMENTS, customers.contacts(agreed["customer_id"])),
        about=("customer", agreed["customer_id"]),
        unique_key=f"autopay_agreed:{agreement_id}",
        at=at,
    )


def write_ended(*, agreement_id: UUID, at: datetime) -> int:
    """This function will tell those who hear of failed payments that automatic payment has ended; not when it was
    agreed anew since.

    Raises:
        NotFound: when there is no such agreement.
    """
    agreed = autopay_queries.agreement_by_id(agreement_id)
    if agreed["ended_at"] is None or autopay_queries.agreement(agreed["customer_id"]) is not None:
        return 0
    has_method = bool(payments.methods(agreed["customer_id"]))
    change = AutopayChange.ENDED if has_method else AutopayChange.NO_METHOD_LEFT
    return _write_change(agreed, change, "", key=f"autopay_ended:{agreement_id}", at=at)


def write_other_method(*, agreement_id: UUID, method_id: UUID, at: datetime) -> int:
    """This function will tell those who hear of failed payments that automatic payment goes on with another method, the
    agreed one removed.

    Nothing is written when that changed since.

    Raises:
        NotFound: when there is no such agreement.
    """
    agreed = autopay_queries.agreement_by_id(agreement_id)
    found = autopay_queries.charged_method(agreed["customer_id"], agreed["method_id"])
    if agreed["ended_at"] is not None or found is None or found.id != method_id:
        return 0
    method = _method(agreed["customer_id"], method_id)
    key = f"autopay_method:{agreement_id}:{method_id}"
    return _write_change(agreed, AutopayChange.OTHER_METHOD, method, key=key, at=at)


def _write_need(row: dict[str, Any], need: Need, *, minor: int, unique_key: str, at: datetime) -> int:
    customer_id: UUID = row["customer_id"]
    customer = customers.customer(customer_id)
    agreed = autopay_queries.agreement(customer_id)
    claims = [row["invoice_id"]] if row["invoice_id"] else [claim for claim, _amount in targets(row["id"])]
    cap = None
    if need is Need.ABOVE_CAP and agreed is not None and agreed["cap_minor"] is not None:
        cap = money(agreed["cap_minor"], agreed["cap_currency"])
    payment_url = mailed_address(at=at, payment_id=row["id"]) or places.portal_payment(row["id"])

    def letter(locale: str) -> Letter:
        return ActionNeeded(
            business=letterhead(),
            locale=locale,
            customer_name=customer["name"],
            amount=money(minor, row["currency"]),
            due_date=row["due_date"],
            invoice_numbers=tuple(sorted(invoices.numbers(claims).values())),
            need=need,
            cap=cap,
            payment_url=payment_url,
        )

    return queue_letter(
        letter,
        customer,
        recipients(Mail.FAILED_PAYMENTS, customers.contacts(customer_id)),
        about=("payment", row["id"]),
        unique_key=unique_key,
        at=at,
    )


def _write_change(agreed: dict[str, Any], change: AutopayChange, method: str, *, key: str, at: datetime) -> int:
    customer_id: UUID = agreed["customer_id"]
    customer = customers.customer(customer_id)

    def letter(locale: str) -> Letter:
        return AutopayChanged(
            business=letterhead(),
            locale=locale,
            customer_name=customer["name"],
            change=change,
            method=method,
            changed_date=local_date(at),
            autopay_url=places.portal_autopay(),
        )

    return queue_letter(
        letter,
        customer,
        recipients(Mail.FAILED_PAYMENTS, customers.contacts(customer_id)),
        about=("customer", customer_id),
        unique_key=key,
        at=at,
    )


def _method(customer_id: UUID, method_id: UUID | None) -> str:
    """The card that is charged, in words; empty when there is none."""
    found = autopay_queries.charged_method(customer_id, method_id)
    if found is None:
        return ""
    row = payments.method(found.id)
    return words.method_words("gateway", brand=row["brand"], last_four=row["last_four"])
