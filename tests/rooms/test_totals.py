"""The arithmetic of documents: tax once for each rate, split over the lines without loss."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.invoices.posting_rules import PostedDocument, PostedLine, issue, issue_credit_note
from tallystick.invoices.totals import PricedLine, totals
from tallystick.ledger.accounts import REVENUE

RATES = {UUID(int=1): Decimal(20), UUID(int=2): Decimal(7), UUID(int=3): Decimal("5.5"), UUID(int=4): Decimal(0)}


@st.composite
def documents(draw: st.DrawFn) -> list[PricedLine]:
    count = draw(st.integers(1, 12))
    lines = []
    for _ in range(count):
        rate = draw(st.sampled_from(sorted(RATES)))
        quantity = Decimal(draw(st.integers(1, 10**6))) / Decimal(10 ** draw(st.integers(0, 4)))
        lines.append(PricedLine(quantity, draw(st.integers(-(10**6), 10**7)), rate, RATES[rate]))
    return lines


def test_the_chart_s_own_example() -> None:
    line = PricedLine(Decimal(1), 8900, UUID(int=1), Decimal(20))
    result = totals([line], prices_include_tax=False)
    assert (result.net_minor, result.tax_minor, result.total_minor) == (8900, 1780, 10680)


def test_tax_is_computed_once_on_the_sum_and_not_line_by_line() -> None:
    lines = [PricedLine(Decimal(1), 3, UUID(int=1), Decimal(20))] * 3
    assert [line.tax_minor for line in totals(lines, prices_include_tax=False).lines] == [1, 1, 0]


def test_inclusive_prices_have_their_tax_taken_out_of_the_gross() -> None:
    line = PricedLine(Decimal(1), 10680, UUID(int=1), Decimal(20))
    result = totals([line], prices_include_tax=True)
    assert (result.net_minor, result.tax_minor, result.total_minor) == (8900, 1780, 10680)


@pytest.mark.parametrize("prices_include_tax", [False, True])
@given(lines=documents())
def test_nothing_is_lost_between_lines_and_sums(prices_include_tax: bool, lines: list[PricedLine]) -> None:
    result = totals(lines, prices_include_tax=prices_include_tax)
    assert result.net_minor == sum(line.net_minor for line in result.lines)
    assert result.tax_minor == sum(line.tax_minor for line in result.lines)
    for rate, percent in RATES.items():
        net = sum(part.net_minor for part, line in zip(result.lines, lines, strict=True) if line.tax_rate_id == rate)
        tax = sum(part.tax_minor for part, line in zip(result.lines, lines, strict=True) if line.tax_rate_id == rate)
        if not prices_include_tax:
            exact = Fraction(net) * Fraction(percent) / 100
            assert abs(exact - tax) <= Fraction(1, 2)


@given(
    lines=documents(),
    base_per_unit=st.fractions(min_value=Fraction(1, 10_000), max_value=500),
    credits_back=st.booleans(),
)
def test_every_entry_balances_in_its_currency_and_in_base(
    lines: list[PricedLine], base_per_unit: Fraction, credits_back: bool
) -> None:
    result = totals(lines, prices_include_tax=False)
    document = PostedDocument(
        document_id=UUID(int=9),
        customer_id=UUID(int=8),
        currency="JPY",
        lines=tuple(
            PostedLine(UUID(int=100 + index), REVENUE, part.net_minor, line.tax_rate_id, part.tax_minor)
            for index, (line, part) in enumerate(zip(lines, result.lines, strict=True))
        ),
        base_per_unit=base_per_unit,
        rate=None,
        rate_source="",
    )
    if result.total_minor < 0:
        return
    draft = issue_credit_note(document, credit_note_id=UUID(int=7)) if credits_back else issue(document)
    for amount in ("minor", "base_minor"):
        signed = [getattr(line.worth, amount) * (1 if line.side == "D" else -1) for line in draft.lines]
        assert sum(signed) == 0
        assert all(getattr(line.worth, amount) >= 0 for line in draft.lines)
