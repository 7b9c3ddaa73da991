"""A full year of one business: mails, suspensions, postings and reports are exact at every month end.

What is right is reckoned without the product (`year.reckoning`) from the year as a bookkeeper writes it
(`year.by_hand`), and the balances of every month end stand below, written out.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from tallystick.correspondence.models import Message
from tallystick.ledger.periods import last_day
from tests.conftest import standing
from tests.gateways.receiver import Receiver
from tests.sandbox_service import running_sandbox
from tests.scenarios.year import story
from tests.scenarios.year.business import Business
from tests.scenarios.year.by_hand import by_hand
from tests.scenarios.year.reckoning import Book
from tests.scenarios.year.seen import Month

MONTHS: Final = [date(story.YEAR, month, 1) for month in range(1, 13)]

# 14 days after the last reminder; lifted by the payment.
SUSPENSIONS: Final = [("2026-11-28", "Late", "suspend"), ("2026-12-10", "Late", "lift")]
# What stands on each account at every month end, in euro: debits above 0, credits below. As an example January:
# 1100 = 360.00 Late + 108.00 Payer; 1120 = 120.00 Good - 1.93 fee; 2300 = 20.00 + 60.00 + 18.00;
# 2400 = 300.00 Late - 73.33 earned in 22 of 90 days; 4000 = 100.00 Good + 90.00 Payer + 73.33; 6100 = 1.93.
BALANCES: Final = """
        1100     1120     1130     1200     2100     2300     2400     4000     4050     6100     6110     6200
01    468.00   118.07     0.00     0.00     0.00   -98.00  -226.67  -263.33     0.00     1.93     0.00     0.00
02   2016.00   306.88     0.00  1200.00     0.00  -588.00 -1251.15 -1688.85     0.00     5.12     0.00     0.00
03   2124.00   575.10     0.00  1215.00     0.00  -654.00 -1045.89 -2224.11   -15.00     9.90    15.00     0.00
04   2665.00   858.32     0.00  1175.00     0.00  -783.00 -1148.03 -2781.97   -15.00    14.68    15.00     0.00
05   3171.00  1141.54     0.00   815.00     0.00  -852.00  -943.91 -3346.09   -20.00    19.46    15.00     0.00
06   3171.00  1337.76    72.00   956.00     0.00  -921.00  -746.38 -3903.62   -20.00    24.24    30.00     0.00
07   3525.00  1625.66     0.00  1175.00     0.00 -1050.00  -843.05 -4466.95   -25.00    29.34    30.00     0.00
08   4041.00  1908.88     0.00   815.00     0.00 -1119.00  -640.04 -5029.96   -40.00    34.12    30.00     0.00
09   4182.00  2192.10     0.00   815.00  -436.27 -1115.29   -29.35 -5537.09  -140.00    38.90    30.00     0.00
10   4323.00  2475.32     0.00  1175.00  -436.27 -1244.29  -228.26 -5998.18  -140.00    43.68    30.00     0.00
11   4464.00  2758.54     0.00  1190.00  -436.27 -1313.29  -130.43 -6456.01  -155.00    48.46    30.00     0.00
12   5220.00  3041.76     0.00     0.00  -436.27 -1288.96   -29.35 -6917.09  -155.00    53.24    30.00   481.67
"""


@pytest.fixture(scope="module")
def shop(
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
    book: tuple[Book, dict[date, Month]],
) -> Iterator[Business]:
    """The business after its year."""
    lived_days = {*book[0].days(), *MONTHS[1:], *(date.fromisoformat(day) for day, *_ in SUSPENSIONS)}

    def lived() -> Business:
        made = Business(service, receiver, first=MONTHS[0], days=lived_days)
        story.tell(made)
        return made

    receiver = Receiver()
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as service, standing(django_db_blocker, lived) as made:
        yield made
    receiver.close()


@pytest.fixture(scope="module")
def book() -> tuple[Book, dict[date, Month]]:
    """The year by hand, and what a reader of reports has to see of each month."""
    made = by_hand()
    return made, {month: expected_of(made, month) for month in MONTHS}


def expected_of(book: Book, month: date) -> Month:
    """This function will reckon what is seen of a month at its end; the months before it were reckoned."""
    last, year = last_day(month), MONTHS[0]
    left_before = -book.balance(last, "2400")
    debits_before = sum(minor for day, *_, minor in book.entries if month <= day <= last and minor > 0)
    tax = sum(tax for _net, tax in book.tax(month, last).values())
    earned = book.earn(last)
    clearing = book.balance(last, "1100", "1120")
    disputes = 1 if book.balance(last, "1130") else 0

    def items(*, left: int, debits: int, standing: str) -> dict[str, tuple[str, int | None, int]]:
        return {
            **dict.fromkeys(("suspense", "unallocated", "pending", "unknown"), ("done", 0, 0)),
            "disputes": ("look" if disputes else "done", disputes, 0),
            "clearing": ("look", None, clearing),
            "deferred_revenue": (standing, None, left),
            "tax": ("done", None, tax),
            "trial_balance": ("done", None, debits),
        }

    so_far = [(each, last_day(each)) for each in MONTHS if each <= month]
    return Month(
        mails=mails_of(book, month),
        suspensions=[each for each in SUSPENSIONS if month <= date.fromisoformat(each[0]) <= last],
        posted=book.posted(month, last),
        balances=book.balances(month, last),
        aged=book.aged(last),
        credits={who: minor for day, who, minor in book.credited if day <= last},
        tax=book.tax(month, last),
        metrics=book.metrics(month, last),
        metrics_so_far=book.metrics(year, last),
        income=book.income(so_far),
        deferred=book.to_be_earned(last),
        items_before=items(left=left_before, debits=debits_before, standing="must" if earned else "done"),
        items=items(left=left_before - earned, debits=debits_before + earned, standing="done"),
    )


def mails_of(book: Book, month: date) -> list[tuple[str, str, str, str]]:
    """This function will return the mails from the second day of a month to the first of the next one, on which its
    statements go to everybody who owed, paid or was billed something in it, or owes or has something.
    """
    first, last = month + timedelta(days=1), last_day(month) + timedelta(days=1)
    moved = {who for day, who in book.moved if month <= day < last}
    owing = {*book.aged(last), *(who for day, who, _minor in book.credited if day <= last)}
    statements = [(last.isoformat(), "statement", who, "") for who in moved | owing]
    return sorted([*statements, *(each for each in book.mails if first <= date.fromisoformat(each[0]) <= last)])


@pytest.mark.parametrize("month", MONTHS, ids=lambda month: f"{month:%m}")
def test_every_month_end_is_exact(month: date, shop: Business, book: tuple[Book, dict[date, Month]], db: None) -> None:
    found, expected = shop.seen[month], book[1][month]
    assert found.mails == expected.mails
    assert found.suspensions == expected.suspensions
    assert found.posted == expected.posted
    assert {key: sums for key, sums in found.balances.items() if any(sums)} == expected.balances
    assert found == Month(**{**vars(expected), "balances": found.balances})


def test_what_stands_on_the_accounts_is_what_is_written_above(shop: Business, db: None) -> None:
    heading, *lines = BALANCES.strip().splitlines()
    accounts = heading.split()
    assert len(lines) == len(MONTHS)
    for month, line in zip(MONTHS, lines, strict=True):
        name, *amounts = line.split()
        assert name == f"{month:%m}"
        written = {account: int(Decimal(text) * 100) for account, text in zip(accounts, amounts, strict=True)}
        closing = {account: sums[3] for account, sums in shop.seen[month].balances.items()}
        assert {account: minor for account, minor in closing.items() if minor} == {
            account: minor for account, minor in written.items() if minor
        }
        assert sum(written.values()) == 0


def test_what_reminders_foretold_is_what_happened(shop: Business, db: None) -> None:
    since = date(2026, 10, 1)
    found = Message.objects.filter(kind="reminder", subject__contains="€360.00", created_at__date__gte=since)
    told = {each.created_at.date(): each.text_body for each in found.order_by("created_at")}
    first, second, last = date(2026, 10, 27), date(2026, 11, 5), date(2026, 11, 14)
    assert list(told) == [date(2026, 10, 22), first, second, last]
    suspended = "the services on it are suspended on Nov 28, 2026"
    assert [suspended in each for each in told.values()] == [False, True, True, True]
    assert "we write again on Nov 5, 2026" in told[first]
    assert "From Nov 5, 2026 a late fee of €5.00 is added" in told[first]
    assert "A late fee of €5.00 is added" in told[second]
    assert "From Nov 14, 2026 a late fee of €10.00 is added" in told[second]
    assert "A late fee of €10.00 is added" in told[last]
    assert "This is our last reminder." in told[last]
