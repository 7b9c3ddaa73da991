"""J50 posts what its row of the chart says, in two currencies and over three; and what makes no rate is refused."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.entries import Worth
from tallystick.ledger.queries import NoExchangeRate
from tallystick.money.currencies import exponent
from tallystick.money.rounding import convert, needed_for
from tallystick.payments import posting_rules
from tallystick.payments.exchange import Came, ExchangeNotAccepted, ExchangeNotOffered, as_said, by_table, quote
from tallystick.payments.posting_rules import Receipt
from tests.chart import codes, row

PAYMENT, CUSTOMER = uuid4(), uuid4()
DAY = date(2026, 3, 1)
AMOUNTS = st.integers(min_value=1, max_value=10**12)


def receipt(worth: Worth, came: Worth, *, known: bool = True) -> Receipt:
    return Receipt(
        payment_id=PAYMENT,
        customer_id=CUSTOMER if known else None,
        method="bank_transfer",
        gateway_account_id=None,
        worth=worth,
        rate=Decimal("0.92"),
        rate_source="ECB",
        came=came,
    )


def test_j50_is_as_the_chart_says() -> None:
    event, debit, credit, remarks = row("J50")
    assert "another currency" in event
    # 100 USD came, worth 92.00 EUR in the books, and are credited as 90.00 EUR: two euro were lost on the way.
    entry = posting_rules.complete(receipt(Worth(9000, "EUR", 9000), Worth(10000, "USD", 9200)))
    sides = [(line.account.code, line.side, line.worth.minor, line.worth.currency) for line in entry.lines]
    assert entry.rule == "J50"
    assert sides == [
        ("1100", "D", 10000, "USD"),
        ("1900", "C", 10000, "USD"),
        ("1900", "D", 9000, "EUR"),
        ("2100", "C", 9000, "EUR"),
        ("6810", "C", 0, "EUR"),
    ]
    assert codes(debit) == {"1900"}
    assert codes(credit) == {"1900", "2100"}
    assert codes(remarks) == {"6810"}
    # In base, 1900 comes out at 0, and 6810 takes what the books' rate says differently.
    assert [line.worth.base_minor for line in entry.lines] == [9200, 9200, 9200, 9000, 200]
    assert (entry.rate, entry.rate_source) == (Decimal("0.92"), "ECB")


def test_without_a_customer_it_waits_in_suspense() -> None:
    entry = posting_rules.complete(receipt(Worth(9200, "EUR", 9200), Worth(10000, "USD", 9200), known=False))
    assert [line.account.code for line in entry.lines] == ["1100", "1900", "1900", "2000"]


@given(credited=AMOUNTS, worth=AMOUNTS, came=AMOUNTS, came_worth=AMOUNTS)
def test_every_entry_balances_and_its_reversal_is_its_mirror(
    credited: int, worth: int, came: int, came_worth: int
) -> None:
    told = receipt(Worth(credited, "GBP", worth), Worth(came, "USD", came_worth))
    there, back = posting_rules.complete(told), posting_rules.reverse(told)
    for entry in (there, back):
        for currency in ("GBP", "USD"):
            of_currency = [line for line in entry.lines if line.worth.currency == currency]
            assert sum(line.worth.minor * (1 if line.side == "D" else -1) for line in of_currency) == 0
        assert sum(line.worth.base_minor * (1 if line.side == "D" else -1) for line in entry.lines) == 0
        exchanged = [line for line in entry.lines if line.account.code == "1900"]
        assert sum(line.worth.base_minor * (1 if line.side == "D" else -1) for line in exchanged) == 0
    assert back.rule == "J11"
    assert [(line.account, line.worth, line.per) for line in back.lines] == [
        (line.account, line.worth, line.per) for line in there.lines
    ]
    assert all(undone.side != line.side for undone, line in zip(back.lines, there.lines, strict=True))


@pytest.fixture
def rates(db: None) -> None:
    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2026, 1, 1), rate=Decimal("0.92"), source="ECB")
        ledger.set_rate(currency="JPY", valid_from=date(2026, 1, 1), rate=Decimal("0.006"), source="typed by Ada")
        ledger.set_rate(currency="VND", valid_from=date(2026, 1, 1), rate=Decimal("0.00004"), source="ECB")


@pytest.mark.usefixtures("rates")
def test_the_table_exchanges_to_base_from_base_and_across() -> None:
    assert by_table(Came(minor=10000, currency="USD"), "EUR", DAY).minor == 9200
    out = by_table(Came(minor=9200, currency="EUR"), "USD", DAY)
    assert (out.minor, out.rate, out.source) == (10000, Decimal("1.086956521739"), "ECB")
    across = by_table(Came(minor=10000, currency="USD"), "JPY", DAY)
    assert (across.minor, across.source) == (15333, "ECB / typed by Ada")


@pytest.mark.usefixtures("rates")
def test_two_amounts_make_a_rate_and_say_who_entered_it() -> None:
    said = as_said(Came(minor=10000, currency="USD"), 9000, "EUR", DAY, by="Ada")
    assert (said.rate, said.source) == (Decimal("0.9"), "entered by Ada")
    # The very amount of the table is the table's.
    assert as_said(Came(minor=10000, currency="USD"), 9200, "EUR", DAY, by="Ada").source == "ECB"
    yen = as_said(Came(minor=15000, currency="JPY"), 9000, "EUR", DAY, by="Ada")
    assert yen.rate == by_table(Came(minor=15000, currency="JPY"), "EUR", DAY).rate


@pytest.mark.usefixtures("rates")
@pytest.mark.parametrize(
    ("came", "minor", "currency"),
    [
        (Came(minor=100, currency="EUR"), 100, "EUR"),
        (Came(minor=0, currency="USD"), 100, "EUR"),
        (Came(minor=10**16, currency="USD"), 100, "EUR"),
        (Came(minor=10**15, currency="USD"), 1, "JPY"),
    ],
)
def test_what_makes_no_rate_is_refused(came: Came, minor: int, currency: str) -> None:
    with pytest.raises(ExchangeNotAccepted):
        as_said(came, minor, currency, DAY, by="Ada")


@pytest.mark.usefixtures("rates")
def test_what_would_be_nothing_and_what_has_no_rate_is_refused() -> None:
    with pytest.raises(ExchangeNotAccepted, match="nothing that can be credited"):
        by_table(Came(minor=1, currency="VND"), "EUR", DAY)
    with pytest.raises(NoExchangeRate):
        by_table(Came(minor=100, currency="CHF"), "EUR", DAY)


@given(
    owed=st.integers(min_value=1, max_value=10**13),
    currency=st.sampled_from(["JPY", "EUR", "KWD"]),
    charged_in=st.sampled_from(["USD", "KRW", "BHD"]),
    rate=st.decimals(min_value="0.000001", max_value="100000", places=12),
)
def test_what_is_charged_makes_what_is_owed_but_for_half_a_unit(
    owed: int, currency: str, charged_in: str, rate: Decimal
) -> None:
    charged = needed_for(owed, charged_in, currency, rate)
    # One unit of what is charged, in units of what is owed, exactly.
    unit = Fraction(rate) * Fraction(10) ** (exponent(currency) - exponent(charged_in))
    assert abs(charged * unit - owed) <= unit / 2
    assert abs(convert(charged, charged_in, currency, rate) - owed) <= unit / 2 + Fraction(1, 2)


def test_a_conversion_is_exact_before_it_is_rounded() -> None:
    # 28 digits are not enough for these: rounded twice it would be a unit more.
    assert convert(10**15 - 1, "JPY", "JPY", Decimal("100000.500000000001")) == 100000499999999900999
    assert (needed_for(1, "JPY", "KWD", Decimal("0.002")), needed_for(3, "JPY", "KWD", Decimal("0.002"))) == (1, 2)


@pytest.mark.usefixtures("rates")
def test_a_quote_says_what_is_charged_what_it_makes_and_what_is_left() -> None:
    plain = quote(10680, "EUR", "USD", DAY)
    assert (plain.charged, plain.exchange.minor, plain.open_minor, plain.over_minor) == (
        Came(minor=11609, currency="USD"),
        10680,
        0,
        0,
    )
    assert (plain.exchange.rate, plain.exchange.source, plain.rate_date) == (Decimal("0.92"), "ECB", date(2026, 1, 1))
    # 1.00 EUR are 166.67 yen: 167 of them are 1.002 EUR.
    assert quote(100, "EUR", "JPY", DAY).exchange.minor == 100
    with transaction():
        ledger.set_rate(currency="KWD", valid_from=date(2026, 2, 1), rate=Decimal("3.0303"), source="typed by Ada")
    over, short = quote(1001, "KWD", "JPY", DAY), quote(1000, "KWD", "JPY", DAY)
    assert (over.charged.minor, over.over_minor, over.open_minor) == (506, 1, 0)
    assert (short.charged.minor, short.over_minor, short.open_minor) == (505, 0, 0)
    # Of the two rates the older one says how old it is.
    assert (over.rate_date, over.exchange.source) == (date(2026, 1, 1), "typed by Ada")


@pytest.mark.usefixtures("rates")
def test_what_cannot_be_charged_is_refused() -> None:
    with pytest.raises(ExchangeNotOffered, match="owed in EUR"):
        quote(100, "EUR", "EUR", DAY)
    with pytest.raises(ExchangeNotOffered, match="cannot be charged in VND"):
        quote(10**14, "EUR", "VND", DAY)
    with transaction():
        ledger.set_rate(currency="KRW", valid_from=date(2026, 1, 1), rate=Decimal(600), source="ECB")
    with pytest.raises(ExchangeNotOffered, match="cannot be charged in KRW"):
        quote(100, "EUR", "KRW", DAY)
    with pytest.raises(NoExchangeRate):
        quote(100, "EUR", "CHF", DAY)
