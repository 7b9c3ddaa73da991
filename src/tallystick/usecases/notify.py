"""Mails about money: each reads the facts as they are now, is written in its reader's language, and queued once.

Their texts: `correspondence/templates`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tallystick.allocations.queries import allocations_of_payment, targets
from tallystick.correspondence import contents
from tallystick.correspondence.contents import Decline, Letter, PaidInvoice
from tallystick.correspondence.mime import Attached
from tallystick.correspondence.queries import letterhead, queued_before
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.foundation import jobs
from tallystick.foundation.business import bank_account
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.transactions import transaction
from tallystick.foundation.wording import known_locale, written_number
from tallystick.gateways import queries as gateways
from tallystick.invoices import queries as invoices
from tallystick.invoices.states import ISSUED
from tallystick.ledger.queries import standings
from tallystick.payments import queries as payments
from tallystick.payments import states
from tallystick.payments.autopay_queries import was_automatic
from tallystick.usecases import places
from tallystick.usecases.documents import CREDIT_NOTE, INVOICE, file_name
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.letters import bank_lines, money, queue_letter
from tallystick.usecases.payment_links import mailed_address
from tallystick.usecases.receipts import RECEIPT, issue_receipt
from tallystick.usecases.transfers import meant_for, transfer_reference
from tallystick.wire import words


def write_receipt(*, payment_id: UUID, at: datetime) -> int:
    """This function will mail the receipt of a completed payment to those of its customer who get receipts
    (`customers.mails`; `docs/model.md`, 13).

    Returns how many mails are new: 0 when they were queued before, the payment was reversed, or nobody is its customer.

    Raises:
        NotFound: when there is no such payment.
    """
    row = payments.public_payment(payment_id)
    customer_id = row["customer_id"]
    if customer_id is None or row["status"] != states.COMPLETED or row["reversed_at"] is not None:
        return 0
    customer = customers.customer(customer_id)
    currency = row["currency"]
    owed = sum(each.owes_minor for each in standings(customer_id) if each.currency == currency)

    def letter(locale: str) -> Letter:
        return contents.Receipt(
            business=letterhead(),
            locale=locale,
            receipt_number=row["receipt_number"],
            customer_name=customer["name"],
            amount=money(row["total_minor"], currency),
            received_date=row["received_date"],
            method=how_paid(row),
            was_automatic=was_automatic(payment_id),
            paid=tuple(_paid(payment_id, currency)),
            credit=money(row["unallocated_minor"], currency),
            still_open=money(owed, currency),
            portal_url=places.portal(),
            **_exchanged(row, locale),
        )

    return queue_letter(
        letter,
        customer,
        recipients(Mail.RECEIPTS, customers.contacts(customer_id)),
        about=("payment", payment_id),
        unique_key=f"receipt:{payment_id}",
        at=at,
        attached=[_receipt_of(payment_id, at=at)],
    )


def write_invoice(*, invoice_id: UUID, at: datetime) -> int:
    """This function will mail an issued invoice to those of its customer who get invoices (`customers.mails`).

    Raises:
        NotFound: when there is no such invoice.
    """
    row = invoices.invoice(invoice_id)
    if row["state"] != ISSUED:
        return 0
    customer = customers.customer(row["customer_id"])
    return _write_invoice(row, customer, customers.contacts(row["customer_id"]), at=at)


def write_invoices(*, invoice_ids: Sequence[UUID], at: datetime) -> int:
    """This function will mail many issued invoices, each as `write_invoice` does, and return how many mails are new.

    What was queued before is not written again. One that cannot be written gets a job of its own, and stops no other.
    """
    rows = [row for row in invoices.invoices_by_id(invoice_ids).values() if row["state"] == ISSUED]
    written = queued_before(_key_of(row) for row in rows)
    waiting = [row for row in rows if _key_of(row) not in written]
    addressees = {row["customer_id"] for row in waiting}
    payers, contacts = customers.customers_by_id(addressees), customers.contacts_of(addressees)
    fresh = 0
    for row in waiting:
        try:
            fresh += _write_invoice(row, payers[row["customer_id"]], contacts[row["customer_id"]], at=at)
        except ExpectedError:
            with transaction():
                jobs.defer("mail.invoice", invoice_id=str(row["id"]))
    return fresh


def _write_invoice(
    row: dict[str, Any], customer: dict[str, Any], everybody: Sequence[customers.ContactFacts], *, at: datetime
) -> int:
    pay_url = mailed_address(at=at, invoice_id=row["id"]) if row["open_minor"] else ""

    def letter(locale: str) -> Letter:
        return contents.InvoiceIssued(
            business=letterhead(),
            locale=locale,
            number=row["number"],
            customer_name=customer["name"],
            invoice_date=row["invoice_date"],
            due_date=row["due_date"],
            total=money(row["total_minor"], row["currency"]),
            left_open=money(row["open_minor"], row["currency"]),
            bank=bank_lines(row["currency"]),
            reference=row["number"],
            invoice_url=places.portal_invoice(row["id"]),
            pay_url=pay_url or None,
        )

    return queue_letter(
        letter,
        customer,
        recipients(Mail.INVOICES, everybody),
        about=("invoice", row["id"]),
        unique_key=_key_of(row),
        at=at,
        attached=[Attached(document_kind=INVOICE, document_id=row["id"], name=file_name(row["number"]))],
    )


def _key_of(row: dict[str, Any]) -> str:
    return f"invoice:{row['id']}"


def write_credit_note(*, credit_note_id: UUID, at: datetime) -> int:
    """This function will mail a credit note to those of its customer who get invoices (`customers.mails`).

    Raises:
        NotFound: when there is no such credit note.
    """
    note = invoices.credit_note(credit_note_id)
    row = invoices.invoice(note["invoice_id"])
    customer = customers.customer(note["customer_id"])

    def letter(locale: str) -> Letter:
        return contents.CreditNoteIssued(
            business=letterhead(),
            locale=locale,
            number=note["number"],
            customer_name=customer["name"],
            issued_date=note["credit_note_date"],
            invoice_number=row["number"],
            reason=note["reason"],
            total=money(note["total_minor"], note["currency"]),
            left_open=money(row["open_minor"], row["currency"]),
            credit=money(note["total_minor"] - note["allocated_minor"] - note["refunded_minor"], note["currency"]),
            invoice_url=places.portal_invoice(row["id"]),
        )

    everybody = customers.contacts(note["customer_id"])
    return queue_letter(
        letter,
        customer,
        recipients(Mail.INVOICES, everybody),
        about=("invoice", row["id"]),
        unique_key=f"credit_note:{credit_note_id}",
        at=at,
        attached=[Attached(document_kind=CREDIT_NOTE, document_id=credit_note_id, name=file_name(note["number"]))],
    )


def write_payment_failed(*, attempt_id: UUID, at: datetime) -> int:
    """This function will tell those who hear of failed payments that a try failed, why, and what to do; not when it was
    mended since.

    Raises:
        NotFound: when there is no such attempt.
    """
    attempt = payments.attempt(attempt_id)
    row = payments.public_payment(attempt["payment_id"])
    customer_id = row["customer_id"]
    if customer_id is None or row["status"] != states.FAILED:
        return 0
    customer = customers.customer(customer_id)
    payment_url = mailed_address(at=at, payment_id=row["id"]) or places.portal_payment(row["id"])

    def letter(locale: str) -> Letter:
        return contents.PaymentFailed(
            business=letterhead(),
            locale=locale,
            customer_name=customer["name"],
            amount=money(attempt["amount_minor"], attempt["currency"]),
            tried_date=local_date(attempt["created_at"]),
            method=how_paid(row),
            decline=Decline.of(attempt["decline_code"]),
            was_automatic=attempt["agreement_id"] is not None,
            next_try_date=row["next_try_date"],
            invoice_numbers=_numbers([invoice_id for invoice_id, _amount in targets(row["id"])]),
            payment_url=payment_url,
        )

    return queue_letter(
        letter,
        customer,
        recipients(Mail.FAILED_PAYMENTS, customers.contacts(customer_id)),
        about=("payment", row["id"]),
        unique_key=f"failed:{attempt_id}",
        at=at,
    )


def write_refund(*, payment_id: UUID, at: datetime) -> int:
    """This function will tell those who get receipts that a refund was paid; `payment_id` is that of the refund.

    Raises:
        NotFound: when there is no such refund.
    """
    row = payments.public_payment(payment_id)
    customer_id = row["customer_id"]
    if customer_id is None or row["status"] != states.COMPLETED or row["reversed_at"] is not None:
        return 0
    source = payments.public_payment(row["refund_of_id"])
    customer = customers.customer(customer_id)

    def letter(locale: str) -> Letter:
        return contents.RefundSent(
            business=letterhead(),
            locale=locale,
            customer_name=customer["name"],
            amount=money(row["total_minor"], row["currency"]),
            refund_date=row["received_date"],
            method=how_paid(source if row["method"] == source["method"] else row),
            receipt_number=source["receipt_number"],
            portal_url=places.portal(),
            **_exchanged(row, locale),
        )

    return queue_letter(
        letter,
        customer,
        recipients(Mail.RECEIPTS, customers.contacts(customer_id)),
        about=("payment", payment_id),
        unique_key=f"refund:{payment_id}",
        at=at,
        attached=[_receipt_of(payment_id, at=at)],
    )


def write_transfer_instructions(*, payment_id: UUID, at: datetime) -> int:
    """This function will mail where to transfer a promised payment to, to those who get invoices.

    A promise whose amount changed is a new mail. Nothing is written when the promise was withdrawn or kept since.

    Raises:
        NotFound: when there is no such payment.
    """
    row = payments.public_payment(payment_id)
    customer_id = row["customer_id"]
    if customer_id is None or row["status"] != states.PENDING or row["method"] != "bank_transfer":
        return 0
    customer = customers.customer(customer_id)
    if bank_account(row["currency"]) is None:
        return 0

    def letter(locale: str) -> Letter:
        return contents.TransferInstructions(
            business=letterhead(),
            locale=locale,
            customer_name=customer["name"],
            amount=money(row["total_minor"], row["currency"]),
            due_date=row["due_date"],
            bank=bank_lines(row["currency"]),
            reference=transfer_reference(row),
            invoice_numbers=_numbers(list(meant_for(row))),
            portal_url=places.portal_payment(payment_id),
        )

    everybody = customers.contacts(customer_id)
    return queue_letter(
        letter,
        customer,
        recipients(Mail.INVOICES, everybody),
        about=("payment", payment_id),
        unique_key=f"transfer:{payment_id}:{row['total_minor']}",
        at=at,
    )


def write_welcome(*, contact_id: UUID, customer_id: UUID, at: datetime) -> int:
    """This function will tell a contact that the portal is open to them. The link in it is no key.

    Raises:
        NotFound: when there is no such contact.
    """
    contact = customers.contact(contact_id, of_customer=customer_id)
    customer = customers.customer(customer_id)

    def letter(locale: str) -> Letter:
        return contents.Welcome(
            business=letterhead(),
            locale=locale,
            contact_name=contact.name or contact.email,
            customer_name=customer["name"],
            portal_url=places.portal(),
        )

    return queue_letter(
        letter,
        customer,
        [contact],
        about=("customer", customer_id),
        unique_key=f"welcome:{contact_id}",
        at=at,
    )


def how_paid(row: dict[str, Any]) -> str:
    """This function will say how a payment was paid, in the active language: its card, its gateway, or the way."""
    card = words.card_of(payments.attempts(row["id"])) if row["method"] == "gateway" else {}
    account = ""
    if row["account_id"] is not None:
        account = gateways.account(row["account_id"])["name"]
    return words.method_words(row["method"], account=account, **card)


def _exchanged(row: dict[str, Any], locale: str) -> dict[str, Any]:
    """What came of a payment in another currency, or goes back of it, and the rate as the mail's reader writes it."""
    if row["came_minor"] is None:
        return {}
    rate = written_number(row["came_rate"], known_locale(locale))
    return {
        "came": money(row["came_minor"], row["came_currency"]),
        "came_rate": f"1 {row['came_currency']} = {rate} {row['currency']}",
    }


def _paid(payment_id: UUID, currency: str) -> Iterator[PaidInvoice]:
    parts = [each for each in allocations_of_payment(payment_id) if each["released_at"] is None]
    for part in parts:
        claim = invoices.invoice(part["invoice_id"])
        yield PaidInvoice(
            number=claim["number"],
            amount=money(part["amount_minor"], currency),
            left_open=money(claim["open_minor"], currency),
        )


def _receipt_of(payment_id: UUID, *, at: datetime) -> Attached:
    receipt_id, number = issue_receipt(actor=SYSTEM, at=at, payment_id=payment_id)
    return Attached(document_kind=RECEIPT, document_id=receipt_id, name=file_name(number))


def _numbers(invoice_ids: Sequence[UUID]) -> tuple[str, ...]:
    return tuple(sorted(invoices.numbers(invoice_ids).values()))
