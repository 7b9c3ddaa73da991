"""Documents with the names, amounts and lengths that real ones have, and how they read when they are opened."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pypdfium2

from tallystick.invoices.documents.facts import (
    BankFacts,
    CreditedLineFacts,
    CreditNoteFacts,
    InvoiceFacts,
    LineFacts,
    Logo,
    Mark,
    PartOfPeriod,
    PartyFacts,
    TaxFacts,
)
from tallystick.invoices.totals import PricedLine, totals

VAT = TaxFacts(rate_id=UUID(int=1), name="VAT 20 %", percent=Decimal("20.0000"), category="standard")
REDUCED = TaxFacts(rate_id=UUID(int=2), name="VAT 10 %", percent=Decimal("10.0000"), category="standard")
REVERSE = TaxFacts(rate_id=UUID(int=3), name="Reverse charge", percent=Decimal(0), category="reverse_charge")
EXEMPT = TaxFacts(rate_id=UUID(int=4), name="Insurance (§ 6)", percent=Decimal(0), category="exempt")

NORTHWIND = PartyFacts(
    name="Northwind Rentals GmbH",
    lines=("Lindenstraße 14", "10969 Berlin"),
    country="DE",
    tax_id="DE123456789",
    email="billing@northwind.example",
)
ACME = PartyFacts(
    name="Acme Corporation Ltd",
    lines=("221B Baker Street", "London NW1 6XE"),
    country="GB",
    tax_id="GB987654321",
    number="C-00042",
)
BANK = BankFacts(
    holder="Northwind Rentals GmbH", iban="DE89 3704 0044 0532 0130 00", bic="COBADEFFXXX", bank="Commerzbank"
)
LOGO = Logo(
    svg='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 32"><circle cx="16" cy="16" r="15" fill="#204eb2"/>'
    '<path d="M8 21 16 8l8 13z" fill="#fff"/><text x="40" y="23" font-family="Inter" font-size="20" font-weight="700" '
    'fill="#204eb2">northwind</text></svg>',
    width_for_height=Decimal(5),
)
PORTAL = "https://pay.northwind.example/portal/invoices/inv_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8/"
MEMBERS = (
    "Anna Schmidt",
    "Björn Öberg",
    "محمد العلي",
    "山田 太郎",
    "Ελένη Παπαδοπούλου",
    "Дмитрий Иванов",
    "נועה לוי",
)


def line(
    description: str = "MacBook Pro 14″, space grey",
    *,
    quantity: str = "1",
    price: int = 8900,
    tax: TaxFacts = VAT,
    **more: Any,
) -> LineFacts:
    """This function will return a line; its amounts are those that it would have alone."""
    amount = totals([PricedLine(Decimal(quantity), price, tax.rate_id, tax.percent)], prices_include_tax=False)
    return LineFacts(
        description=description,
        tax=tax,
        net_minor=amount.net_minor,
        tax_minor=amount.tax_minor,
        quantity=Decimal(quantity),
        unit_price_minor=price,
        **more,
    )


def invoice(*lines: LineFacts, **more: Any) -> InvoiceFacts:
    """This function will return an invoice of these lines, of one laptop without any."""
    chosen: Sequence[LineFacts] = lines or [line()]
    net, tax = sum(each.net_minor for each in chosen), sum(each.tax_minor for each in chosen)
    facts: dict[str, Any] = {
        "number": "INV-2026-00042",
        "seller": NORTHWIND,
        "buyer": ACME,
        "logo": LOGO,
        "colour": "#204eb2",
        "locale": "en",
        "currency": "EUR",
        "prices_include_tax": False,
        "net_minor": net,
        "tax_minor": tax,
        "total_minor": net + tax,
        "mark": Mark.NONE,
        "invoice_date": date(2026, 3, 1),
        "due_date": date(2026, 3, 31),
        "title": "Rental of equipment",
        "lines": tuple(chosen),
        "bank": BANK,
        "portal_url": PORTAL,
    }
    return InvoiceFacts(**{**facts, **more})


def plain_invoice() -> InvoiceFacts:
    """This function will return an invoice as a rental business writes it."""
    march = {"period_start": date(2026, 3, 1), "period_end": date(2026, 4, 1)}
    return invoice(
        line("MacBook Pro 14″, space grey", **march),
        line("Docking station", quantity="2.5", price=1250, **march),
        line(
            "Upgrade to 32 GB",
            price=4450,
            period_start=date(2026, 3, 18),
            period_end=date(2026, 4, 1),
            part=PartOfPeriod(days=14, of_days=28, price_minor=8900, quantity=Decimal(1)),
        ),
        line("Delivery", price=2900, tax=REDUCED),
        line("Discount for loyalty", price=-1000),
        line("Insurance against theft", price=500, tax=EXEMPT),
    )


def group_invoice(*, lines_each: int = 6) -> InvoiceFacts:
    """This function will return a group's invoice: subscriptions of seven people, in many scripts."""
    lines = [
        line(
            f"Laptop rental, contract {10 * index + place:03}",
            period_start=date(2026, 3, 1),
            period_end=date(2026, 4, 1),
            member_id=UUID(int=index),
            member_name=name,
        )
        for index, name in enumerate(MEMBERS, start=1)
        for place in range(1, lines_each + 1)
    ]
    return invoice(*lines, title="Acme Corporation, laptops of March")


def foreign_invoice() -> InvoiceFacts:
    """This function will return an invoice of a Japanese business to an Arabic one, in dinar."""
    seller = PartyFacts(
        name="株式会社北風レンタル",
        lines=("〒100-0001 東京都千代田区千代田1-1",),
        country="JP",
        tax_id="T1234567890123",
        email="seikyu@kitakaze.example",
    )
    buyer = PartyFacts(
        name="مؤسسة النور للتجارة 42 (ذ.م.م)",
        lines=("شارع الملك فهد 12", "الرياض 11564"),
        country="SA",
        tax_id="",
        number="C-00077",
    )
    return invoice(
        line("استئجار حاسوب محمول 14 بوصة"),
        line("ノートパソコンのレンタル", quantity="3", tax=REVERSE),
        line("שכירת מחשב נייד", tax=REVERSE),
        line("Аренда ноутбука — Ενοικίαση υπολογιστή", tax=REVERSE),
        seller=seller,
        buyer=buyer,
        logo=None,
        bank=None,
        locale="ar",
        currency="KWD",
        title="فاتورة شهر مارس",
    )


def credit_note(**more: Any) -> CreditNoteFacts:
    """This function will return a credit note of a laptop that came back early."""
    facts: dict[str, Any] = {
        "number": "CN-2026-00007",
        "seller": NORTHWIND,
        "buyer": ACME,
        "logo": LOGO,
        "colour": "#204eb2",
        "locale": "en",
        "currency": "EUR",
        "prices_include_tax": False,
        "net_minor": 8900,
        "tax_minor": 1780,
        "total_minor": 10680,
        "credit_note_date": date(2026, 3, 5),
        "invoice_number": "INV-2026-00042",
        "invoice_date": date(2026, 3, 1),
        "reason": "Returned early, as agreed",
        "lines": (
            CreditedLineFacts(description="MacBook Pro 14″, space grey", tax=VAT, net_minor=8900, tax_minor=1780),
        ),
    }
    return CreditNoteFacts(**{**facts, **more})


def pages_of(pdf: bytes) -> list[str]:
    """This function will return the text of each page, line by line, with plain spaces."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = []
        for page in document:
            read = page.get_textpage()
            found.append(_plain(read.get_text_range()))
            read.close()
            page.close()
        return found
    finally:
        document.close()


def text_of(pdf: bytes) -> str:
    """This function will return the text of all pages."""
    return "\n".join(pages_of(pdf))


def _plain(text: str) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)
