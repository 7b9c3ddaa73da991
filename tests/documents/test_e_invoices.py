"""E-invoices: the XML within a PDF keeps schema and rules of EN 16931, and says the same amounts.

Some dozens of random documents each time; two thousand with `HYPOTHESIS_PROFILE=thorough`, as `.ci/run` asks.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from string import ascii_uppercase
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from tallystick.invoices.documents.cii import cross_industry_invoice
from tallystick.invoices.documents.drawing import render_credit_note, render_invoice
from tallystick.invoices.documents.einvoice import Obstacle, is_country, obstacles, vat_id
from tallystick.invoices.documents.facts import (
    Claim,
    CreditedLineFacts,
    CreditNoteFacts,
    InvoiceFacts,
    LineFacts,
    Mark,
    TaxFacts,
)
from tallystick.invoices.totals import PricedLine, totals
from tallystick.money.amounts import to_decimal
from tallystick.money.rounding import half_up
from tallystick.money.split import pro_rata
from tests.documents import samples
from tests.documents.samples import line, text_of
from tests.documents.test_amounts import amounts_after
from tests.einvoices import EXAMPLES as PUBLISHED
from tests.einvoices import RAM, Rules, amount, countries, rules, values, xml_of

EXAMPLES = max(60, settings().max_examples // 5)
RATES = [
    TaxFacts(rate_id=UUID(int=number), name=name, percent=Decimal(percent), category=category)
    for number, (name, percent, category) in enumerate(
        [
            ("Full", "20.0000", "standard"),
            ("Reduced", "7.0000", "standard"),
            ("Odd", "8.3750", "standard"),
            ("Full too", "20.0000", "standard"),
            ("Nil", "0.0000", "standard"),
            ("Zero", "0.0000", "zero"),
            ("Exempt", "0.0000", "exempt"),
            ("Small business", "0.0000", "exempt"),
            ("Reverse charge", "0.0000", "reverse_charge"),
            ("Outside", "0.0000", "outside_scope"),
        ],
        start=1,
    )
]
BUYER = replace(
    samples.ACME,
    country="AT",
    tax_id="ATU12345678",
    street=("Ring 1", "Stiege 4", "Tür 12", "c/o Müller & Söhne"),
    postal_code="1010",
    city="Wien",
)
NAMES = st.one_of(
    st.text(max_size=40), st.sampled_from(["Müller & Söhne <GmbH>", "]]>", "\x01", "\ufffe", "🌸", "山田"])
)
PERIODS = st.none() | st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 400))


@st.composite
def invoices(draw: st.DrawFn) -> InvoiceFacts:
    """Invoices of all kinds of tax, with discounts, parts of a piece, members and periods."""
    rates = draw(st.lists(st.sampled_from(RATES), min_size=1, max_size=4))
    priced, chosen = [], []
    for _ in range(draw(st.integers(1, 9))):
        rate = draw(st.sampled_from(rates))
        quantity = Decimal(draw(st.integers(1, 10**6))) / Decimal(10 ** draw(st.integers(0, 4)))
        priced.append(PricedLine(quantity, draw(st.integers(-(10**5), 10**6)), rate.rate_id, rate.percent))
        chosen.append(rate)
    includes = draw(st.booleans())
    amounts = totals(priced, prices_include_tax=includes)
    if amounts.total_minor < 0 or amounts.net_minor < 0:
        # What is taken off is never more than there is.
        priced.append(PricedLine(Decimal(1), 10**12, chosen[0].rate_id, chosen[0].percent))
        chosen.append(chosen[0])
        amounts = totals(priced, prices_include_tax=includes)
    lines = []
    for each, rate, part in zip(priced, chosen, amounts.lines, strict=True):
        period, member = draw(PERIODS), draw(NAMES)
        lines.append(
            LineFacts(
                description=draw(NAMES),
                tax=rate,
                net_minor=part.net_minor,
                tax_minor=part.tax_minor,
                quantity=each.quantity,
                unit_price_minor=each.unit_price_minor,
                period_start=period[0] if period else None,
                period_end=period[0] + timedelta(days=period[1]) if period else None,
                member_id=UUID(int=1) if member else None,
                member_name=member,
            )
        )
    return samples.invoice(
        *lines,
        buyer=replace(BUYER, name=draw(NAMES), region=draw(NAMES)),
        currency=draw(st.sampled_from(["EUR", "USD", "JPY"])),
        prices_include_tax=includes,
        title=draw(NAMES),
        logo=None,
        bank=draw(st.sampled_from([None, samples.BANK, replace(samples.BANK, iban="021000021", bic="")])),
    )


@st.composite
def credit_notes(draw: st.DrawFn) -> CreditNoteFacts:
    """Credit notes of invoices, or of a part of each of their lines, as `invoices.credit_notes` takes it."""
    facts = draw(invoices())
    wanted = draw(st.one_of(st.just(1000), st.integers(1, 1000)))
    parts = []
    for each in facts.lines:
        gross = each.net_minor + each.tax_minor
        sign = -1 if gross < 0 else 1
        part = sign * half_up(Decimal(abs(gross) * wanted) / 1000)
        tax = sign * pro_rata(abs(each.tax_minor), abs(part), abs(gross)) if part else 0
        if part:
            parts.append(
                CreditedLineFacts(description=each.description, tax=each.tax, net_minor=part - tax, tax_minor=tax)
            )
    net, tax = sum(each.net_minor for each in parts), sum(each.tax_minor for each in parts)
    if net + tax <= 0 or net < 0:
        parts.append(CreditedLineFacts(description="Rest", tax=RATES[5], net_minor=10**12, tax_minor=0))
        net += 10**12
    return samples.credit_note(
        buyer=facts.buyer,
        currency=facts.currency,
        prices_include_tax=facts.prices_include_tax,
        lines=tuple(parts),
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        reason=draw(NAMES),
        logo=None,
    )


@pytest.fixture(scope="module")
def keeper() -> Rules:
    """The rules; without them a test is skipped before its first example."""
    return rules()


def in_xml(minor: int, facts: InvoiceFacts | CreditNoteFacts) -> Decimal:
    return to_decimal(minor, facts.currency)


def checked(facts: InvoiceFacts | CreditNoteFacts, pdf: bytes) -> bytes:
    """The XML of a PDF, held against schema, rules, and the document's amounts."""
    xml = xml_of(pdf)
    assert xml is not None, obstacles(facts)
    assert xml == cross_industry_invoice(facts)
    assert rules().faults(xml) == []
    assert amount(xml, "TaxBasisTotalAmount") == in_xml(facts.net_minor, facts)
    assert amount(xml, "TaxTotalAmount") == in_xml(facts.tax_minor, facts)
    assert amount(xml, "GrandTotalAmount") == in_xml(facts.total_minor, facts)
    assert amount(xml, "DuePayableAmount") == in_xml(facts.total_minor, facts)
    *of_lines, whole = values(xml, "LineTotalAmount")
    assert [Decimal(each) for each in of_lines] == [in_xml(each.net_minor, facts) for each in facts.lines]
    assert Decimal(whole) == in_xml(facts.net_minor, facts)
    # What is charged is price times quantity, rounded, for whoever computes it again.
    assert [
        half_up(Decimal(price) * Decimal(quantity) * 10**places)
        for price, quantity in zip(values(xml, "ChargeAmount"), values(xml, "BilledQuantity"), strict=True)
        for places in [0 if facts.currency == "JPY" else 2]
    ] == [each.net_minor for each in facts.lines]
    assert set(values(xml, "InvoiceCurrencyCode")) == {facts.currency}
    return xml


@pytest.mark.usefixtures("keeper")
@settings(max_examples=EXAMPLES * 3 // 5, suppress_health_check=list(HealthCheck))
@given(facts=invoices())
@example(facts=samples.plain_invoice())
@example(facts=samples.group_invoice())
@example(facts=samples.invoice(line(price=0)))
@example(facts=samples.invoice(line(price=8900), line(price=-8900)))
@example(facts=samples.invoice(line(quantity="9999999999.9999", price=3)))
def test_every_invoice_keeps_the_rules_and_says_its_amounts(facts: InvoiceFacts) -> None:
    assert obstacles(facts) == []
    pdf = render_invoice(facts)
    xml = checked(facts, pdf)
    assert values(xml, "TypeCode")[0] == "380"
    assert amounts_after(text_of(pdf).split("\n"), "Total", facts.currency) == [[facts.total_minor]]


@pytest.mark.usefixtures("keeper")
@settings(max_examples=EXAMPLES * 2 // 5, suppress_health_check=list(HealthCheck))
@given(facts=credit_notes())
@example(facts=samples.credit_note())
def test_every_credit_note_keeps_the_rules_and_names_its_invoice(facts: CreditNoteFacts) -> None:
    pdf = render_credit_note(facts)
    if found := obstacles(facts):
        # A part of each of many lines, in a currency without cents.
        assert (found, facts.currency) == ([Obstacle.TAX_APART], "JPY")
        assert xml_of(pdf) is None
        return
    xml = checked(facts, pdf)
    assert values(xml, "TypeCode")[0] == "381"
    assert amounts_after(text_of(pdf).split("\n"), "Total credited", facts.currency) == [[facts.total_minor]]
    (reference,) = etree.fromstring(xml).iterfind(".//ram:InvoiceReferencedDocument", RAM)
    assert "".join(reference.itertext()) == f"{facts.invoice_number}20260301"


def test_the_published_examples_pass_and_what_is_wrong_is_found(keeper: Rules) -> None:
    assert keeper.faults((PUBLISHED / "facturx_fixtures" / "factur-x-en16931.xml").read_bytes()) == []
    others = sorted((PUBLISHED / "en16931_cii_examples").glob("*.xml"))
    assert len(others) == 5
    for each in others:
        # Those of the standard itself are of no profile of Factur-X, which knows fewer of their parts and codes.
        assert [fault for fault in keeper.faults(each.read_bytes()) if fault.startswith("BR-")] == [], each.name
    xml = cross_industry_invoice(samples.plain_invoice())
    wrong = {
        b">222.60<": (b">222.61<", "BR-CO-15"),
        b">154.75<": (b">154.76<", "BR-S-08"),
        b">GB987654321<": (b">987654321<", "BR-CO-09"),
        b">EUR<": (b">EURO<", "InvoiceCurrencyCode"),
        b"ExemptionReason>": (b"Exemption>", "Exemption"),
    }
    for written, (instead, rule) in wrong.items():
        assert written in xml
        found = keeper.faults(xml.replace(written, instead))
        assert any(rule in fault for fault in found), (rule, found)


def test_countries_are_those_of_the_rules(keeper: Rules) -> None:
    # The standard knows two codes of its own, for a business of nowhere and one of Northern Ireland.
    every = {f"{first}{second}" for first in ascii_uppercase for second in ascii_uppercase}
    assert {code for code in every if is_country(code)} == countries() - {"1A", "XI"}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"claim": Claim.PREPAYMENT}, [Obstacle.NO_CLAIM]),
        ({"mark": Mark.VOID}, [Obstacle.NO_CLAIM]),
        ({"mark": Mark.DRAFT, "number": "", "invoice_date": None, "due_date": None}, [Obstacle.NO_CLAIM]),
        ({"currency": "KWD"}, [Obstacle.THREE_DECIMALS]),
        (
            {"seller": replace(samples.NORTHWIND, lines=(" ",), country="", tax_id="")},
            [Obstacle.SELLER_ADDRESS, Obstacle.SELLER_COUNTRY, Obstacle.SELLER_TAX_ID],
        ),
        ({"buyer": replace(samples.ACME, country="")}, [Obstacle.BUYER_COUNTRY]),
        ({"buyer": replace(samples.ACME, country="XX")}, [Obstacle.BUYER_COUNTRY]),
        (
            {"lines": (line(tax=samples.REVERSE),), "buyer": replace(samples.ACME, tax_id="12/345")},
            [Obstacle.BUYER_VAT_ID],
        ),
        ({"lines": (replace(line(price=8900), tax_minor=1900),)}, [Obstacle.TAX_APART]),
        ({"lines": (replace(line(price=8900), tax_minor=1879),)}, []),
    ],
)
def test_what_cannot_be_one_is_a_pdf_alone(changed: dict[str, Any], found: list[Obstacle]) -> None:
    facts = replace(samples.invoice(), **changed)
    assert obstacles(facts) == found
    pdf = render_invoice(facts)
    assert (xml_of(pdf) is None) is bool(found)
    assert (b"factur-x" in pdf) is not bool(found)


@pytest.mark.parametrize(
    ("tax_id", "country", "found"),
    [
        ("DE 123 456 789", "DE", "DE123456789"),
        ("atu-12345678", "DE", "ATU12345678"),
        ("EL123456789", "GR", "EL123456789"),
        ("GR123456789", "GR", ""),
        ("CHE-123.456.789 MWST", "CH", "CHE123456789MWST"),
        ("CHE-123.456.789", "DE", ""),
        ("12/345/67890", "DE", ""),
        ("DE", "DE", ""),
        ("", "", ""),
        ("Germany", "", ""),
        ("٣٤", "", ""),
    ],
)
def test_a_vat_number_begins_with_a_country(tax_id: str, country: str, found: str) -> None:
    assert vat_id(replace(samples.ACME, tax_id=tax_id, country=country)) == found


def test_what_was_paid_before_is_due_no_more(keeper: Rules) -> None:
    goods = replace(line("Calls", price=1200), net_minor=1000, tax_minor=200)
    more: dict[str, Any] = {"claim": Claim.TAXED_PURCHASES, "prices_include_tax": True, "due_date": None, "bank": None}
    xml = cross_industry_invoice(samples.invoice(goods, **more))
    assert keeper.faults(xml) == []
    assert (amount(xml, "TotalPrepaidAmount"), amount(xml, "DuePayableAmount")) == (Decimal("12.00"), 0)
    assert values(xml, "TypeCode")[0] == "380"
    back = replace(goods, unit_price_minor=-1200, net_minor=-1000, tax_minor=-200)
    xml = cross_industry_invoice(samples.invoice(back, **more))
    assert keeper.faults(xml) == []
    assert values(xml, "TypeCode")[0] == "381"
    assert values(xml, "BilledQuantity") == ["1"]
    assert [amount(xml, f"{each}Amount") for each in ("GrandTotal", "TotalPrepaid", "DuePayable")] == [12, 12, 0]


def test_prices_are_net_and_as_long_as_they_must_be(keeper: Rules) -> None:
    three = replace(line(quantity="3", price=999), net_minor=2498, tax_minor=499)
    xml = cross_industry_invoice(samples.invoice(three, line(quantity="2.5", price=1250), prices_include_tax=True))
    # 8.33 three times is a cent more than 24.98, and 8.327 rounds to it.
    assert values(xml, "ChargeAmount") == ["8.327", "12.50"]
    plain = cross_industry_invoice(samples.invoice(line(quantity="0.3333", price=1001)))
    assert (values(plain, "ChargeAmount"), values(plain, "BilledQuantity")) == (["10.01"], ["0.3333"])
    assert keeper.faults(xml) == keeper.faults(plain) == []


def test_what_is_outside_the_scope_of_tax_stands_alone_or_is_exempt(keeper: Rules) -> None:
    outside = RATES[-1]
    alone = cross_industry_invoice(samples.invoice(line(tax=outside)))
    assert values(alone, "CategoryCode") == ["O", "O"]
    assert values(alone, "SpecifiedTaxRegistration") == []
    assert values(alone, "ID") == ["urn:cen.eu:en16931:2017", "INV-2026-00042", "DE123456789", "C-00042"]
    beside = cross_industry_invoice(samples.invoice(line(tax=outside), line(tax=samples.EXEMPT), line()))
    assert values(beside, "CategoryCode") == ["E", "E", "S", "E", "S"]
    assert values(beside, "ExemptionReason") == ["Outside; Insurance (§ 6)"]
    assert keeper.faults(alone) == keeper.faults(beside) == []


def test_parties_are_named_as_far_as_they_are_known(keeper: Rules) -> None:
    small = replace(samples.NORTHWIND, tax_id="12/345/67890", lines=("a", "b", "c", "d"), country="de")
    facts = samples.invoice(line(tax=samples.EXEMPT), seller=small, buyer=BUYER)
    xml = cross_industry_invoice(facts)
    assert keeper.faults(xml) == []
    seller, buyer = (
        [each.text for each in party.iter() if not len(each)]
        for role in ("Seller", "Buyer")
        for party in etree.fromstring(xml).iterfind(f".//ram:{role}TradeParty", RAM)
    )
    number = "12/345/67890"
    email = "billing@northwind.example"
    assert seller == [number, "Northwind Rentals GmbH", "a", "b", "c, d", "DE", email, number]
    street = ["Ring 1", "Stiege 4", "Tür 12, c/o Müller & Söhne"]
    assert buyer == ["C-00042", "Acme Corporation Ltd", "1010", *street, "Wien", "AT", "ATU12345678"]


def test_the_transfer_is_named_as_it_is_paid() -> None:
    def told(**more: Any) -> list[list[str]]:
        xml = cross_industry_invoice(samples.invoice(**more))
        return [values(xml, name) for name in ("IBANID", "ProprietaryID", "BICID", "PaymentReference")]

    def code(**more: Any) -> str:
        xml = cross_industry_invoice(samples.invoice(**more))
        means = etree.fromstring(xml).iterfind(".//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode", RAM)
        return "".join(str(each.text) for each in means)

    other = replace(samples.BANK, iban="021000021", bic="")
    number = ["INV-2026-00042"]
    assert told() == [["DE89370400440532013000"], [], ["COBADEFFXXX"], number]
    assert told(bank=other) == [[], ["021000021"], [], number]
    assert told(bank=replace(other, iban="", details="Routing number: 021000021")) == [[], [], [], number]
    assert told(claim=Claim.TAXED_TOPUP) == [[], [], [], []]
    assert (code(), code(currency="USD"), code(bank=other), code(bank=None)) == ("58", "30", "30", "")
