"""Mails that confirm what was agreed about an open invoice, whoever noted it: a promise to pay, another due date (E22).

They go to those who get the reminders.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tallystick.correspondence.agreed_contents import DueDateAgreed, PromiseNoted
from tallystick.correspondence.contents import Letter
from tallystick.correspondence.queries import letterhead
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.dunning import queries as dunning
from tallystick.foundation.clock import local_date
from tallystick.invoices import queries as invoices
from tallystick.invoices.states import ISSUED
from tallystick.usecases import places
from tallystick.usecases.dunning_pauses import charged_by
from tallystick.usecases.letters import money, queue_letter
from tallystick.usecases.payment_links import mailed_address


def write_promise(*, pause_id: UUID, at: datetime) -> int:
    """This function will confirm a promise to pay, once; not when it was ended, or the invoice paid, since.

    Raises:
        NotFound: when there never was such a promise.
    """
    pause, is_ended = dunning.pause(pause_id)
    day, minor = pause.until_date, pause.promised_minor
    if pause.invoice_id is None or day is None or minor is None or is_ended:
        return 0
    row = invoices.invoice(pause.invoice_id)
    if not row["open_minor"]:
        return 0

    def letter(locale: str, said: dict[str, Any]) -> Letter:
        return PromiseNoted(**said, locale=locale, promised=money(minor, row["currency"]), promised_date=day)

    return _write(letter, row, until=day, unique_key=f"promise_noted:{pause_id}", at=at)


def write_due_date(*, invoice_id: UUID, before_date: date, due_date: date, agreed_at: datetime, at: datetime) -> int:
    """This function will confirm that an invoice is due on another day than before, once each time; not when something
    else was agreed, or it was paid, since.

    Raises:
        NotFound: when there is no such invoice.
    """
    row = invoices.invoice(invoice_id)
    if row["due_date"] != due_date or row["state"] != ISSUED or not row["open_minor"]:
        return 0

    def letter(locale: str, said: dict[str, Any]) -> Letter:
        return DueDateAgreed(
            **said,
            locale=locale,
            before_date=before_date,
            due_date=due_date,
            stated_due_date=row["stated_due_date"],
        )

    key = f"due_date_agreed:{invoice_id}:{agreed_at.timestamp():.6f}"
    return _write(letter, row, until=due_date, unique_key=key, at=at)


def _write(
    letter: Callable[[str, dict[str, Any]], Letter],
    row: Mapping[str, Any],
    *,
    until: date,
    unique_key: str,
    at: datetime,
) -> int:
    customer = customers.customer(row["customer_id"])
    readers = recipients(Mail.FAILED_PAYMENTS, customers.contacts(row["customer_id"]))
    if not readers:
        return 0
    said = {
        "business": letterhead(),
        "customer_name": customer["name"],
        "number": row["number"],
        "left_open": money(row["open_minor"], row["currency"]),
        "charge_date": charged_by(row["id"], until, today=local_date(at)),
        "invoice_url": places.portal_invoice(row["id"]),
        "pay_url": mailed_address(at=at, invoice_id=row["id"]) or None,
    }
    return queue_letter(
        lambda locale: letter(locale, said),
        customer,
        readers,
        about=("invoice", row["id"]),
        unique_key=unique_key,
        at=at,
    )
