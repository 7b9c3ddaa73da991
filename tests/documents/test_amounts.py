"""One amount, four places: the totals of an invoice, its entry in the books, its shape at the API, and its PDF.

A few hundred random invoices each time; ten thousand with `HYPOTHESIS_PROFILE=thorough`.
"""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.invoices.documents.drawing import render_credit_note, render_invoice
from tallystick.invoices.documents.facts import InvoiceFacts, LineFacts, TaxFacts
from tallystick.invoices.posting_rules import PostedDocument, PostedLine, issue
from tallystick.invoices.totals import PricedLine, Totals, totals
from tallystick.ledger.accounts import OUTPUT_TAX, RECEIVABLES, REVENUE
from tallystick.ledger.entries import EntryDraft
from tallystick.money.amounts import parse_minor, plain_decimal
from tallystick.money.currencies import exponent
from tests.documents import samples

AMOUNT = re.compile(r"(−?)(?:[€¥]|KWD )?([\d,]+(?:\.\d+)?)")
EXAMPLES = max(200, settings().max_examples)
RATES = [
    TaxFacts(
        rate_id=UUID(int=number),
        name=name,
        percent=Decimal(percent),
        category="standard" if Decimal(percent) else "exempt",
    )
    for number, (name, percent) in enumerate(
        [("Full", "20"), ("Reduced", "7"), ("Low", "5.5"), ("Odd", "8.375"), ("Free", "0")], start=1
    )
]


@st.composite
def priced(draw: st.DrawFn) -> tuple[list[PricedLine], list[TaxFacts], bool, str]:
    """Lines with their rates, whether prices include tax, and a currency; the total is not negative."""
    currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    lines, rates = [], []
    for _ in range(draw(st.integers(1, 9))):
        rate = draw(st.sampled_from(RATES))
        quantity = Decimal(draw(st.integers(1, 10**5))) / Decimal(10 ** draw(st.integers(0, 4)))
        # Discounts are negative lines.
        lines.append(PricedLine(quantity, draw(st.integers(-(10**5), 10**6)), rate.rate_id, rate.percent))
        rates.append(rate)
    includes = draw(st.booleans())
    amounts = totals(lines, prices_include_tax=includes)
    if amounts.total_minor < 0:
        lines = [
            PricedLine(each.quantity, -each.unit_price_minor, each.tax_rate_id, each.tax_percent) for each in lines
        ]
        if totals(lines, prices_include_tax=includes).total_minor < 0:
            # Half a minor unit of tax, rounded up on both sides of nothing.
            lines[0] = PricedLine(Decimal(1), 10**9, lines[0].tax_rate_id, lines[0].tax_percent)
    return lines, rates, includes, currency


def the_facts(lines: list[PricedLine], rates: list[TaxFacts], amounts: Totals, **more: Any) -> InvoiceFacts:
    return samples.invoice(
        *(
            LineFacts(
                description="Goods",
                tax=rate,
                net_minor=amount.net_minor,
                tax_minor=amount.tax_minor,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
            )
            for line, rate, amount in zip(lines, rates, amounts.lines, strict=True)
        ),
        net_minor=amounts.net_minor,
        tax_minor=amounts.tax_minor,
        total_minor=amounts.total_minor,
        logo=None,
        bank=None,
        **more,
    )


def the_entry(lines: list[PricedLine], amounts: Totals, currency: str) -> EntryDraft:
    return issue(
        PostedDocument(
            document_id=UUID(int=9),
            customer_id=UUID(int=8),
            currency=currency,
            lines=tuple(
                PostedLine(UUID(int=100 + place), REVENUE, amount.net_minor, line.tax_rate_id, amount.tax_minor)
                for place, (line, amount) in enumerate(zip(lines, amounts.lines, strict=True))
            ),
            base_per_unit=Fraction(1),
            rate=None,
            rate_source="",
        )
    )


def posted(entry: EntryDraft, account: Any) -> int:
    """What an entry posts to an account, debits above zero."""
    found = [each for each in entry.lines if each.account is account]
    return sum(each.worth.minor if each.side == "D" else -each.worth.minor for each in found)


def read_minor(sign: str, digits: str, currency: str) -> int:
    """An English amount back in minor units."""
    bare = digits.replace(",", "")
    assert len(bare.partition(".")[2]) == exponent(currency), digits
    return parse_minor(f"{'-' if sign else ''}{bare}", currency)


def amounts_after(read: list[str], word: str, currency: str) -> list[list[int]]:
    """The amounts of each line that begins with a word: "€1,234.50", "−KWD 1.234", or the bare number."""
    rest = [each.removeprefix(f"{word} ") for each in read if each.startswith(f"{word} ")]
    return [[read_minor(*found, currency) for found in AMOUNT.findall(each)] for each in rest]


@settings(max_examples=EXAMPLES)
@given(document=priced())
def test_totals_books_and_document_agree_and_nothing_is_lost_between_lines(
    document: tuple[list[PricedLine], list[TaxFacts], bool, str],
) -> None:
    lines, rates, includes, currency = document
    amounts = totals(lines, prices_include_tax=includes)
    assert sum(each.net_minor for each in amounts.lines) == amounts.net_minor
    assert sum(each.tax_minor for each in amounts.lines) == amounts.tax_minor

    facts = the_facts(lines, rates, amounts, currency=currency, prices_include_tax=includes)
    read = samples.text_of(render_invoice(facts)).split("\n")
    assert amounts_after(read, "Net" if includes else "Subtotal", currency) == [[amounts.net_minor]]
    assert amounts_after(read, "Total", currency) == [[amounts.total_minor]]
    shown = [each.net_minor + (each.tax_minor if includes else 0) for each in amounts.lines]
    in_lines = [each.rpartition(" ")[2] for each in read if each.startswith("Goods ")]
    assert [read_minor(*AMOUNT.findall(each)[0], currency) for each in in_lines] == shown
    assert sum(shown) == (amounts.total_minor if includes else amounts.net_minor)
    for rate in dict.fromkeys(rates):
        own = [part for part, each in zip(amounts.lines, rates, strict=True) if each is rate]
        net, tax = sum(part.net_minor for part in own), sum(part.tax_minor for part in own)
        assert amounts_after(read, f"{rate.name} on", currency) == [[net, tax]]

    entry = the_entry(lines, amounts, currency)
    assert posted(entry, RECEIVABLES) == amounts.total_minor
    assert posted(entry, REVENUE) == -amounts.net_minor
    assert posted(entry, OUTPUT_TAX) == -amounts.tax_minor


@settings(max_examples=EXAMPLES // 4)
@given(document=priced(), locale=st.sampled_from(["de-AT", "fr", "en-IN", "de-CH", "sv"]))
def test_amounts_read_the_same_in_every_locale(
    document: tuple[list[PricedLine], list[TaxFacts], bool, str], locale: str
) -> None:
    lines, rates, includes, currency = document
    amounts = totals(lines, prices_include_tax=includes)
    facts = the_facts(lines, rates, amounts, currency=currency, prices_include_tax=includes, locale=locale)
    read = samples.text_of(render_invoice(facts)).split("\n")
    (total,) = [each for each in read if each.startswith(("Total ", "Gesamt "))]
    plain = plain_decimal(amounts.total_minor, currency)
    assert "".join(each for each in total if each.isdigit()) == "".join(each for each in plain if each.isdigit())


@settings(max_examples=EXAMPLES // 4)
@given(net=st.integers(1, 10**9), tax=st.integers(0, 10**8), currency=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_credit_note_shows_exactly_its_amounts(net: int, tax: int, currency: str) -> None:
    facts = samples.credit_note(
        currency=currency,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        credit_note_date=date(2026, 3, 5),
        lines=(samples.CreditedLineFacts(description="Goods", tax=RATES[0], net_minor=net, tax_minor=tax),),
    )
    read = samples.text_of(render_credit_note(facts)).split("\n")
    assert amounts_after(read, "Goods 20%", currency) == [[net]]
    assert amounts_after(read, "Full on", currency) == [[net, tax]]
    assert amounts_after(read, "Total credited", currency) == [[net + tax]]
