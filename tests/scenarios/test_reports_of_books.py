"""Reports of the books: whatever was done, each is an independent sum over the postings, and explains itself."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from hypothesis import settings

from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.paging import CursorNotAccepted
from tallystick.foundation.permissions import Actor
from tallystick.invoices.models import Invoice
from tallystick.ledger.models import Posting
from tallystick.reports.explain.numbers import Subject
from tallystick.reports.frame.shape import Asked, Cell, Part
from tallystick.usecases import bill, reports
from tallystick.usecases.explain import explain
from tests.scenarios import any_acts
from tests.scenarios.any_acts import ACTS, LARGEST, Act, Till
from tests.scenarios.conftest import World, at
from tests.scenarios.equations import rows
from tests.scenarios.test_folded_sums import by_hand as accounts_by_hand
from tests.scenarios.test_folded_sums import fold_some
from tests.scenarios.test_statements import pays

pytestmark = pytest.mark.django_db

BOOKS = max(6, settings().max_examples // 150)
BEGIN = date(2026, 1, 5)
NOW = at("2026-12-31", 20)
Key: TypeAlias = tuple[str, UUID]


def read(staff: Actor, name: str, **asked: Any) -> dict[str, Part]:
    """This function will read a report, and return its parts by currency."""
    told = reports.read_report(actor=staff, at=NOW, name=name, asked=Asked(**asked))
    assert not told.found.next_cursor
    return {part.currency: part for part in told.found.parts}


def figures(parts: dict[str, Part], *names: str) -> dict[Key, tuple[Any, ...]]:
    """The figures of a report about customers, by currency and customer; its totals are the sums of its rows."""
    found = {}
    for currency, part in parts.items():
        for row in part.rows:
            thing = row["customer"].thing
            assert thing is not None
            found[currency, thing[1]] = tuple(row[name].value for name in names)
        adds_up(part)
    return found


def adds_up(part: Part) -> None:
    assert part.total is not None
    for name, cell in part.total.items():
        if isinstance(cell.value, int):
            values = [row[name].value for row in part.rows]
            assert cell.value == sum(value for value in values if isinstance(value, int)), name


def explained(staff: Actor, parts: dict[str, Part]) -> None:
    """This function will have every figure explained, those of totals too, and find the same figure."""
    cells: Iterator[Cell] = (
        cell for part in parts.values() for row in (*part.rows, part.total or {}) for cell in row.values()
    )
    for cell in cells:
        if cell.why is not None:
            about: dict[str, Any] = dict(cell.why.about)
            told = explain(actor=staff, at=NOW, name=cell.why.number, subject=Subject(**about), limit=1000)
            assert told.total.minor == cell.value, cell.why
            assert sum(leaf.minor for part in told.parts for leaf in part.leaves) == cell.value or any(
                part.count > len(part.leaves) for part in told.parts
            )


def customers_by_hand(day: date, *accounts: str) -> dict[Key, Counter[str]]:
    """Credits less debits of each customer in each of the accounts, posting by posting."""
    found: dict[Key, Counter[str]] = defaultdict(Counter)
    for row in Posting.objects.filter(account__in=accounts, entry__effective_date__lte=day):
        assert row.customer_id is not None
        found[row.currency, row.customer_id][row.account] += row.amount_minor if row.side == "C" else -row.amount_minor
    return {key: sums for key, sums in found.items() if any(sums.values())}


def ages_by_hand(day: date) -> dict[Key, tuple[int, ...]]:
    """What is open of each customer, by the age of the invoices, posting by posting, and the sum."""
    due = dict(Invoice.objects.values_list("id", "due_date"))
    open_by_invoice: Counter[tuple[str, UUID, UUID]] = Counter()
    for row in Posting.objects.filter(account="1200", entry__effective_date__lte=day):
        assert row.customer_id is not None
        assert row.object_id is not None
        sign = 1 if row.side == "D" else -1
        open_by_invoice[row.currency, row.customer_id, row.object_id] += sign * row.amount_minor
    found: dict[Key, list[int]] = {}
    for (currency, customer, invoice), minor in open_by_invoice.items():
        if minor:
            late = (day - due[invoice]).days
            place = 0 if late <= 0 else min((late - 1) // 30 + 1, 4)
            found.setdefault((currency, customer), [0] * 6)
            found[currency, customer][place] += minor
            found[currency, customer][5] += minor
    return {key: tuple(sums) for key, sums in found.items()}


def tax_by_hand(first: date, last: date) -> dict[tuple[str, str], int]:
    names = dict(rows("SELECT id, name FROM catalog_taxrate"))
    found: Counter[tuple[str, str]] = Counter()
    for row in Posting.objects.filter(account="2300", entry__effective_date__range=(first, last)):
        found[row.currency, names[row.object_id]] += row.amount_minor if row.side == "C" else -row.amount_minor
    return {key: minor for key, minor in found.items() if minor}


# What every rate was applied to since the beginning: documents that stand, and what was used of prepaid money.
_NET = """
SELECT currency, rate.name, sum(net) FROM (
    SELECT invoice.currency, line.tax_rate_id, line.net_minor AS net FROM invoices_invoiceline line
    JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
    WHERE invoice.state = 'issued' AND invoice.kind = 'invoice' AND NOT invoice.is_usage
    UNION ALL SELECT note.currency, line.tax_rate_id, -part.net_minor FROM invoices_creditnoteline part
    JOIN invoices_creditnote note ON note.id = part.credit_note_id
    JOIN invoices_invoiceline line ON line.id = part.invoice_line_id
    UNION ALL SELECT wallet.currency, document.tax_rate_id, document.net_minor FROM wallets_taxdocument document
    JOIN wallets_lot lot ON lot.id = document.lot_id JOIN wallets_wallet wallet ON wallet.id = lot.wallet_id
    WHERE lot.taken_back_at IS NULL
    UNION ALL SELECT payment.currency, charge.tax_rate_id, used.gross_minor - used.tax_minor FROM wallets_taxeduse used
    JOIN wallets_charge charge ON charge.payment_id = used.charge_id
    JOIN payments_payment payment ON payment.id = charge.payment_id
    UNION ALL SELECT given_up.currency, part.tax_rate_id,
        (CASE given_up.kind WHEN 'recovery' THEN 1 ELSE -1 END) * CASE
            WHEN abs((amount_minor - given_up.tax_minor) * rate.percent - part.tax_minor * 100) <= 100
            THEN amount_minor - given_up.tax_minor ELSE round(part.tax_minor * 100 / rate.percent) END
    FROM invoices_writeofftax part JOIN invoices_writeoff given_up ON given_up.id = part.write_off_id
    JOIN catalog_taxrate rate ON rate.id = part.tax_rate_id
) each JOIN catalog_taxrate rate ON rate.id = each.tax_rate_id GROUP BY 1, 2 HAVING sum(net) <> 0
"""


def a_random_book(dice: random.Random, monkeypatch: pytest.MonkeyPatch) -> Till:
    """This function will do whatever staff can do, on days that follow one another; some of it is folded."""
    till, day = Till(), BEGIN
    names = [*ACTS, *["bill"] * 8, *["record_for", "credit_note", "charge", "request"] * 2]
    for _ in range(60):
        day += timedelta(days=dice.choice([0, 0, 1, 2, 9]))
        monkeypatch.setattr(any_acts, "DAY", day.isoformat())
        till.common["at"] = at(day.isoformat())
        act = Act(
            dice.choice(names),
            dice.randrange(10),
            dice.randrange(10),
            dice.choice([0, dice.randint(1, LARGEST)]),
            dice.random() < 0.5,
        )
        try:
            till.do(act)
        except ExpectedError:
            continue
    if dice.random() < 0.7:
        fold_some(dice)
    return till


@pytest.mark.parametrize("seed", range(BOOKS))
def test_each_report_of_a_random_book_is_an_independent_sum(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    staff = a_random_book(dice, monkeypatch).world.staff
    for _ in range(4):
        day = BEGIN + timedelta(days=dice.randint(-5, 160))
        first = day - timedelta(days=dice.randint(0, 60))
        aged = read(staff, "aged-receivables", as_of=day)
        ages = ["not_due", "days_1_30", "days_31_60", "days_61_90", "over_90", "total"]
        assert figures(aged, *ages) == ages_by_hand(day)
        credit = read(staff, "credit-balances", as_of=day)
        held = customers_by_hand(day, "2100")
        assert figures(credit, "total") == {key: (sums["2100"],) for key, sums in held.items()}
        wallets = read(staff, "wallet-balances", as_of=day)
        assert figures(wallets, "paid", "promotional", "total") == {
            key: (sums["2200"], sums["2210"], sums.total())
            for key, sums in customers_by_hand(day, "2200", "2210").items()
        }
        tax = read(staff, "tax", first_day=first, last_day=day)
        taxed = {(part.currency, row["rate"].value): row["tax"].value for part in tax.values() for row in part.rows}
        assert {key: minor for key, minor in taxed.items() if minor} == tax_by_hand(first, day)
        balance = read(staff, "trial-balance", first_day=first, last_day=day)
        sums = ["opening_minor", "debit_minor", "credit_minor"]
        sums += ["opening_base_minor", "debit_base_minor", "credit_base_minor"]
        assert {
            (row["account"].value, part.currency): tuple(row[name].value for name in sums)
            for part in balance.values()
            for row in part.rows
        } == accounts_by_hand(first, day)
        for part in [*tax.values(), *balance.values()]:
            adds_up(part)
        for part in balance.values():
            assert part.total is not None
            assert part.total["debit_minor"].value == part.total["credit_minor"].value
            assert part.total["opening_minor"].value == part.total["closing_minor"].value == 0
        in_base = [part.total["closing_base_minor"].value for part in balance.values() if part.total]
        assert sum(value for value in in_base if isinstance(value, int)) == 0
    for parts in (aged, credit, wallets, tax, balance):
        explained(staff, parts)
    ever = read(staff, "tax", all_days=True)
    nets = {(part.currency, row["rate"].value): row["net"].value for part in ever.values() for row in part.rows}
    assert {key: minor for key, minor in nets.items() if minor} == {
        (currency, name): int(minor) for currency, name, minor in rows(_NET)
    }
    explained(staff, ever)


def test_a_credit_is_told_by_where_it_came_from(world: World) -> None:
    customer = world.customer()
    paid = world.invoice(customer, 10000, day="2026-02-01")
    pays(world, customer, 12000, "2026-02-02", on_invoice=paid)
    pays(world, customer, 700, "2026-02-03")
    bill.issue_credit_note(
        actor=world.staff, at=at("2026-02-10"), invoice_id=paid, reason="Came back", gross_minor=1200
    )
    names = ("payments", "credit_notes", "total")
    assert figures(read(world.staff, "credit-balances", as_of=date(2026, 2, 9)), *names) == {
        ("EUR", customer): (700, 0, 700)
    }
    assert figures(read(world.staff, "credit-balances", as_of=date(2026, 2, 10)), *names) == {
        ("EUR", customer): (700, 1200, 1900)
    }


def test_a_long_report_has_pages_with_the_totals_of_all(world: World) -> None:
    for index in range(5):
        world.invoice(world.customer(f"Customer {index}"), 1000 * (index % 3 + 1), day="2026-01-01", tax=world.no_tax)
    amounts, cursor = [], ""
    for _ in range(3):
        asked = Asked(as_of=date(2026, 1, 1), cursor=cursor, limit=2)
        found = reports.read_report(actor=world.staff, at=NOW, name="aged-receivables", asked=asked).found
        (part,) = found.parts
        assert part.total is not None
        assert part.total["total"].value == 9000
        assert bool(part.charts) is not bool(cursor)
        amounts += [row["total"].value for row in part.rows]
        cursor = found.next_cursor
    assert (amounts, cursor) == ([3000, 2000, 2000, 1000, 1000], "")
    for wrong in ("x", "W2ZhbHNlLCJFVVIiLCJ4IiwieSJd"):
        with pytest.raises(CursorNotAccepted):
            reports.read_report(actor=world.staff, at=NOW, name="aged-receivables", asked=Asked(cursor=wrong))
