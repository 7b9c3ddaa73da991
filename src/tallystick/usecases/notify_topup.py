"""The mails of prepaid money: the top-up request, with how to pay it, and tax invoices of what was paid or bought."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tallystick.correspondence.contents import Letter
from tallystick.correspondence.mime import Attached
from tallystick.correspondence.queries import letterhead
from tallystick.correspondence.topup_contents import PurchasesTaxed, TaxInvoiceIssued, TopupRequested
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.invoices import queries as invoices
from tallystick.invoices.states import SENT
from tallystick.usecases import places
from tallystick.usecases.documents import INVOICE, PURCHASE_TAX_DOCUMENT, TAX_DOCUMENT, file_name
from tallystick.usecases.letters import bank_lines, money, queue_letter
from tallystick.wallets import purchase_tax_queries
from tallystick.wallets import queries as wallets


def write(*, request_id: UUID, at: datetime) -> int:
    """This function will mail a request that was sent to those of its customer who get invoices.

    Raises:
        NotFound: when there is no such request.
    """
    row = invoices.invoice(request_id)
    if row["state"] != SENT:
        return 0
    customer = customers.customer(row["customer_id"])
    people = customers.contacts(row["customer_id"])

    def letter(locale: str) -> Letter:
        return TopupRequested(
            business=letterhead(),
            locale=locale,
            number=row["number"],
            customer_name=customer["name"],
            sent_date=row["invoice_date"],
            total=money(row["total_minor"], row["currency"]),
            left=money(row["open_minor"], row["currency"]),
            expires_months=row["expires_months"],
            bank=bank_lines(row["currency"]),
            reference=row["number"],
            request_url=places.portal_invoice(request_id),
        )

    return queue_letter(
        letter,
        customer,
        recipients(Mail.INVOICES, people),
        about=("invoice", request_id),
        unique_key=f"invoice:{request_id}",
        at=at,
        attached=[Attached(document_kind=INVOICE, document_id=request_id, name=file_name(row["number"]))],
    )


def write_tax_document(*, document_id: UUID, at: datetime) -> int:
    """This function will mail the tax document of a top-up to those of its customer who get invoices.

    Returns how many mails are new: 0 when they were queued before, or the top-up was taken back meanwhile.

    Raises:
        NotFound: when there is no such document.
    """
    row = wallets.tax_document(document_id)
    if row["lot__taken_back_at"] is not None:
        return 0
    customer_id, currency = row["lot__wallet__customer_id"], row["lot__wallet__currency"]
    request_id = row["lot__allocation__invoice_id"]
    customer = customers.customer(customer_id)

    def letter(locale: str) -> Letter:
        return TaxInvoiceIssued(
            business=letterhead(),
            locale=locale,
            number=row["number"],
            customer_name=customer["name"],
            issued_date=row["document_date"],
            request_number=row["lot__allocation__invoice__number"],
            net=money(row["net_minor"], currency),
            tax=money(row["tax_minor"], currency),
            total=money(row["net_minor"] + row["tax_minor"], currency),
            document_url=places.portal_invoice(request_id),
        )

    return _queue(letter, row, customer, kind=TAX_DOCUMENT, about=("invoice", request_id), at=at)


def write_purchase_tax_document(*, document_id: UUID, at: datetime) -> int:
    """This function will mail the tax document of a month's purchases as that of a top-up is mailed.

    Raises:
        NotFound: when there is no such document.
    """
    row = purchase_tax_queries.document(document_id)
    customer_id, currency = row["wallet__customer_id"], row["wallet__currency"]
    customer = customers.customer(customer_id)

    def letter(locale: str) -> Letter:
        return PurchasesTaxed(
            business=letterhead(),
            locale=locale,
            number=row["number"],
            customer_name=customer["name"],
            issued_date=row["document_date"],
            first_date=row["period_start"],
            last_date=row["period_end"] - timedelta(days=1),
            tax=money(row["tax_minor"], currency),
            total=money(row["total_minor"], currency),
            document_url=places.portal_wallet(),
        )

    return _queue(letter, row, customer, kind=PURCHASE_TAX_DOCUMENT, about=("customer", customer_id), at=at)


def _queue(
    letter: Callable[[str], Letter],
    row: dict[str, Any],
    customer: dict[str, Any],
    *,
    kind: str,
    about: tuple[str, UUID],
    at: datetime,
) -> int:
    people = customers.contacts(customer["id"])
    return queue_letter(
        letter,
        customer,
        recipients(Mail.INVOICES, people),
        about=about,
        unique_key=f"{kind}:{row['id']}",
        at=at,
        attached=[Attached(document_kind=kind, document_id=row["id"], name=file_name(row["number"]))],
    )
