"""Parts that several pages share: short lists of invoices, payments and subscriptions, journal entries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.naming import (
    Row,
    amount_word,
    invoice_name,
    invoice_state,
    next_bill,
    payment_name,
    payment_status,
    period_price,
    signed,
    subscription_status,
)
from tallystick.interfaces.kit.journal import JournalEntry, JournalLine
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.subscriptions.references import Reference
from tallystick.wire.references import only_subscription

# The rules of the chart of accounts in the words of the page; the chart itself says them in those of accountants.
RULES = {
    "J02": gettext_lazy("Invoice issued"),
    "J03": gettext_lazy("Deferred revenue earned"),
    "J04": gettext_lazy("Payment received"),
    "J05": gettext_lazy("Payment received, payer unknown"),
    "J06": gettext_lazy("Payment assigned to its customer"),
    "J07": gettext_lazy("Payment taken from its customer"),
    "J08": gettext_lazy("Credit set against an invoice"),
    "J09": gettext_lazy("Allocation undone"),
    "J11": gettext_lazy("Payment reversed"),
    "J12": gettext_lazy("Written off"),
    "J13": gettext_lazy("Written off before, owed again"),
    "J14": gettext_lazy("Small difference"),
    "J15": gettext_lazy("Invoice voided"),
    "J16": gettext_lazy("Wallet topped up"),
    "J17": gettext_lazy("Top-up taken back"),
    "J18": gettext_lazy("Purchase"),
    "J19": gettext_lazy("Purchase credited"),
    "J20": gettext_lazy("Use beyond prepaid money invoiced"),
    "J21": gettext_lazy("Invoice paid from the wallet"),
    "J23": gettext_lazy("Promotional credit granted"),
    "J24": gettext_lazy("Vouchers sold, or one redeemed"),
    "J25": gettext_lazy("Prepaid money expired"),
    "J26": gettext_lazy("Credit note issued"),
    "J27": gettext_lazy("Refund paid"),
    "J30": gettext_lazy("Refund came back"),
    "J33": gettext_lazy("Cheque deposited"),
    "J35": gettext_lazy("Fee of the payment service"),
    "J40": gettext_lazy("Dispute: money or fee taken by the payment service"),
    "J41": gettext_lazy("Dispute won"),
    "J42": gettext_lazy("Dispute lost"),
    "J43": gettext_lazy("Sent back by the bank"),
    "J50": gettext_lazy("Received in another currency"),
}


def invoice_lines(rows: Iterable[Row], *, today: date) -> list[dict[str, Any]]:
    """This function will return what a short list of invoices shows."""
    return [
        {
            **row,
            "name": invoice_name(row),
            "url": addresses.invoice_url(row["id"]),
            "display": invoice_state(row, today),
        }
        for row in rows
    ]


def payment_lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """This function will return what a short list of payments shows, with the names of customers and invoices."""
    names = customers.names(row["customer_id"] for row in rows if row["customer_id"])
    numbers = invoices.numbers(row["invoice_id"] for row in rows if row["invoice_id"])
    return [
        {
            **row,
            "name": payment_name(row, numbers),
            "url": addresses.payment_url(row["id"]),
            "status_shown": payment_status(row),
            "signed_minor": signed(row),
            "word": amount_word(row),
            "customer_name": names.get(row["customer_id"], ""),
        }
        for row in rows
    ]


def subscription_facts(found: Iterable[Reference]) -> dict[str, Any] | None:
    """This function will return what a page says of the one subscription that something is for (E12), or None."""
    shape = only_subscription(found)
    if shape is None:
        return None
    return {**shape, "url": addresses.subscription_url(addresses.subscription_id_of(shape["id"]))}


def subscription_lines(rows: Sequence[Row], percents: Mapping[UUID, Decimal]) -> list[dict[str, Any]]:
    """This function will return what a short list of subscriptions shows."""
    return [
        {
            **row,
            "url": addresses.subscription_url(row["id"]),
            "status_shown": subscription_status(row),
            "next_bill": next_bill(row),
            "price": period_price(row, percents),
        }
        for row in rows
    ]


def journal_of(object_ids: list[UUID]) -> list[JournalEntry]:
    """This function will return the journal entries about objects, as the kit draws them."""
    entries = []
    for number, entry in enumerate(ledger.entries_about(object_ids), start=1):
        lines = [
            JournalLine(
                account=row["account"],
                name=row["name"],
                currency=row["currency"],
                debit_minor=row["amount_minor"] if row["side"] == "D" else 0,
                credit_minor=0 if row["side"] == "D" else row["amount_minor"],
            )
            for row in entry["postings"]
        ]
        entries.append(
            JournalEntry(
                number=f"{number}.",
                rule=entry["rule"],
                description=str(RULES.get(entry["rule"], "")),
                effective_date=entry["effective_date"],
                recorded_at=entry["recorded_at"],
                lines=lines,
            )
        )
    return entries
