"""Invented people and payments for the living page: long names, large amounts, many scripts."""

import datetime as dt
from typing import Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.formatting import format_amount
from tallystick.interfaces.kit.forms import Found
from tallystick.interfaces.kit.journal import JournalEntry, JournalLine
from tallystick.interfaces.kit.palette import Entry
from tallystick.interfaces.kit.tables import BulkAction, Column, Table, View

MOMENT: Final = dt.datetime(2026, 11, 20, 13, 42, 7, tzinfo=dt.UTC)


class SampleCustomer(NamedTuple):
    """A customer of the samples."""

    number: str
    name: str
    email: str


class SamplePayment(NamedTuple):
    """A payment of the samples; amounts in minor units."""

    number: str
    customer: SampleCustomer | None
    minor: int
    currency: str
    state: str
    kind: str
    method: str
    description: str
    at: dt.datetime


CUSTOMERS: Final = [
    SampleCustomer("C-1041", "Zürcher Präzisionswerkzeuge & Maschinenbau GmbH & Co. KG", "rechnung@zpm.example"),
    SampleCustomer("C-1042", "株式会社さくらネットワークサービス", "keiri@sakura-net.example"),
    SampleCustomer("C-1043", "شركة الخليج للاتصالات وتقنية المعلومات", "accounts@gulf-telecom.example"),
    SampleCustomer("C-1044", "Amelia Okonkwo-Fitzgerald", "amelia@okonkwo.example"),
    SampleCustomer("C-1045", "Brightwater Telecom Ltd", "billing@brightwater.example"),
    SampleCustomer("C-1046", "Łódzkie Zakłady Energetyczne S.A.", "faktury@lze.example"),
    SampleCustomer("C-1047", "Nguyễn Thị Minh Khai", "minhkhai@example.test"),
    SampleCustomer("C-1048", "O’Brien & <b>Sons</b>", "office@obrien.example"),
]


def _payment(row: tuple[int, int | None, int, str, str, str, str, str]) -> SamplePayment:
    number, customer, minor, currency, state, kind, method, description = row
    return SamplePayment(
        number=f"PAY-{number}",
        customer=None if customer is None else CUSTOMERS[customer],
        minor=minor,
        currency=currency,
        state=state,
        kind=kind,
        method=method,
        description=description,
        at=MOMENT - dt.timedelta(hours=(20931 - number) * 7, minutes=number % 60),
    )


PAYMENTS: Final = [
    _payment(row)
    for row in (
        (20931, 0, 123456789, "EUR", "completed", "", "Bank transfer", "Invoice INV-2026-00871"),
        (20930, 1, 1284000, "JPY", "processing", "", "Visa ···· 4242", "November 2026, hosting"),
        (20929, 2, 45250750, "KWD", "pending", "", "Bank transfer", "Annual licence, Gulf region"),
        (20928, 3, 6085, "EUR", "failed", "", "Mastercard ···· 0119", "Invoice INV-2026-00866"),
        (20927, 4, -129900, "GBP", "refunded", "Refund", "Visa ···· 1881", "Refund of PAY-20871"),
        (20926, None, 250000, "EUR", "unassigned", "", "Bank transfer", "UEBERWEISUNG REF 88/1210 MUELLER"),
        (20925, 5, 984550, "PLN", "completed", "", "Direct debit", "Invoice INV-2026-00861"),
        (20924, 6, -1240, "EUR", "purchase", "Purchase", "Wallet", "1,240 calls, 19 November"),
        (20923, 7, 7500, "USD", "disputed", "", "Amex ···· 3005", "Invoice INV-2026-00858"),
        (20922, 4, 45000, "GBP", "cancelled", "", "PayPal", "Checkout not finished"),
        (20921, 0, 9999999, "EUR", "scheduled", "", "Direct debit", "December 2026, on the due date"),
        (20920, 1, 55000, "JPY", "completed", "", "Konbini", "Setup fee"),
    )
]

TABLE: Final = Table[SamplePayment](
    name="payments",
    label=_("Payments"),
    columns=[
        Column(
            key="amount",
            label=_("Amount"),
            cell=lambda row: markup.amount(row.minor, row.currency, shape="code"),
            sort=True,
            number=True,
            phone="amount",
        ),
        Column(key="status", label=_("Status"), cell=lambda row: markup.status(row.state), phone="meta"),
        Column(
            key="customer",
            label=_("Customer"),
            cell=lambda row: markup.person(row.customer.name) if row.customer else "",
            sort=True,
            phone="title",
        ),
        Column(key="description", label=_("Description"), cell=lambda row: row.description, wide_only=True),
        Column(key="method", label=_("Method"), cell=lambda row: row.method, nowrap=True),
        Column(
            key="created",
            label=_("Date"),
            cell=lambda row: markup.moment(row.at),
            sort=True,
            phone="meta",
        ),
        Column(key="number", label=_("Number"), cell=lambda row: row.number, wide_only=True, nowrap=True),
    ],
    row_id=lambda row: row.number,
    row_href=lambda _row: "/kit/samples/payment/",
    search_label=_("Search payments"),
    sort="-created",
    views=[
        View(_("All")),
        View(_("Needs attention"), (("status", "failed"), ("status", "unassigned"), ("status", "disputed"))),
        View(_("Expected"), (("status", "pending"), ("status", "scheduled"))),
    ],
    filters=[
        Filter(
            key="status",
            label=_("Status"),
            choices=[
                Choice(state, _label)
                for state, _label in (
                    ("completed", _("Completed")),
                    ("processing", _("Processing")),
                    ("pending", _("Pending")),
                    ("scheduled", _("Scheduled")),
                    ("failed", _("Failed")),
                    ("cancelled", _("Cancelled")),
                    ("disputed", _("Disputed")),
                    ("unassigned", _("No customer yet")),
                )
            ],
        ),
        Filter(key="received", label=_("Date"), kind="days"),
        Filter(
            key="currency",
            label=_("Currency"),
            choices=[Choice(code, code) for code in ("EUR", "GBP", "JPY", "KWD", "PLN", "USD")],
        ),
        Filter(key="method", label=_("Method"), kind="text"),
    ],
    bulk_actions=[
        BulkAction(name="complete", label=_("Mark as paid"), icon="check"),
        BulkAction(name="receipt", label=_("Send receipts"), icon="mail"),
        BulkAction(name="cancel", label=_("Cancel"), icon="stop", tone="danger"),
    ],
    empty_title=_("No payments yet"),
    empty_text=_("Payments appear here as soon as a customer pays, or when you record one."),
    empty_icon="coins",
)

# The parts of a whole: the number of a series, and its value.
SHARES: Final = [(1, 120_000_000), (2, 3_456_789), (4, 9_000_000), (5, 1_200_000)]
CHANGES: Final = [
    ("Total", "60.00 EUR", "1,234.56 EUR"),
    ("Remark", "", "Ask twice, then call 株式会社東京"),
    ("Reason", None, "Recorded twice"),
]
JOURNAL: Final = [
    JournalEntry(
        number="JE-48120",
        rule="J10",
        description="Payment received, card",
        effective_date=dt.date(2026, 11, 20),
        recorded_at=MOMENT,
        href="#",
        lines=[
            JournalLine(account="1210", name="Gateway clearing", currency="EUR", debit_minor=123456789, href="#"),
            JournalLine(
                account="2110",
                name="Customers’ credit",
                currency="EUR",
                credit_minor=123456789,
                customer=CUSTOMERS[0].name,
                href="#",
            ),
        ],
    ),
    JournalEntry(
        number="JE-48121",
        rule="J08",
        description="Allocated to INV-2026-00871",
        effective_date=dt.date(2026, 11, 20),
        recorded_at=MOMENT,
        lines=[
            JournalLine(account="2110", name="Customers’ credit", currency="EUR", debit_minor=120000000, href="#"),
            JournalLine(account="1100", name="Receivables", currency="EUR", credit_minor=120000000, href="#"),
        ],
    ),
]


def found_customers(query: str) -> list[Found]:
    """This function will find customers of the samples by a part of their name, number or address."""
    sought = query.casefold()
    return [
        Found(each.number, each.name, each.number)
        for each in CUSTOMERS
        if any(sought in part.casefold() for part in each)
    ]


def customer_of(number: str) -> Found | None:
    """This function will return the sample customer of a number, or None."""
    return next((Found(each.number, each.name, each.number) for each in CUSTOMERS if each.number == number), None)


def found_entries(query: str) -> tuple[list[Entry], list[Entry]]:
    """This function will find customers and payments of the samples for the palette."""
    sought = query.casefold()
    if not sought:
        return [], []
    customers = [
        Entry(each.name, "/kit/samples/payment/", "person", each.number)
        for each in CUSTOMERS
        if sought in each.name.casefold() or sought in each.number.casefold()
    ]
    payments = [
        Entry(
            f"{each.number} · {each.description}",
            "/kit/samples/payment/",
            "coins",
            format_amount(each.minor, each.currency),
        )
        for each in PAYMENTS
        if sought in each.number.casefold() or sought in each.description.casefold()
    ]
    return customers[:5], payments[:5]
