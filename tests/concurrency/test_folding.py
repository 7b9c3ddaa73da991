"""What reports read is added up by several at once, while others go on: everything counts, and counts once."""

from datetime import date

from tallystick.ledger import totals
from tallystick.payments import counting
from tallystick.payments.models import CountingState
from tallystick.reports import taxed
from tallystick.reports.verify_books import verify_books
from tallystick.usecases import bill, upkeep
from tests.concurrency.race import connections_for, race
from tests.conftest import OwnDatabase
from tests.scenarios.conftest import World, at
from tests.usecases.test_deferred_sums import answers, of_rows
from tests.usecases.test_earned_revenue import bills, earns, month


def test_several_fold_while_others_bill(own_database: OwnDatabase) -> None:
    with connections_for(16):
        world = World()
        customers = [world.customer(f"Customer {index}") for index in range(4)]
        for customer in customers:
            world.invoice(customer, 8900, day="2026-01-01")
        CountingState.objects.all().delete()
        race(
            *[upkeep.fold_tax] * 3,
            *[upkeep.fold_postings] * 2,
            *[upkeep.fold_payments] * 3,
            *[lambda customer=customer: world.invoice(customer, 100, day="2026-02-01") for customer in customers],
        )
        assert verify_books().failures == []
        # Whoever came between others at work left it for later.
        assert upkeep.fold_tax()
        assert upkeep.fold_postings()
        upkeep.fold_payments()
        assert verify_books().failures == []
        (row,) = taxed.sums(first_day=None, last_day=None)
        assert (row["net"], row["tax"]) == (4 * 9000, 4 * 1800)
        sums = {each.account: each.closing_minor for each in totals.account_totals(None, date(2026, 12, 31))}
        assert sums == {"1200": 4 * 10800, "2300": -4 * 1800, "4000": -4 * 9000}
        (pending,) = counting.sums(by=["status"])
        assert (pending["status"], pending["count"], pending["minor"]) == ("pending", 8, 4 * 10800)


def test_deferred_revenue_is_kept_while_others_bill_earn_and_credit(own_database: OwnDatabase) -> None:
    with connections_for(16):
        world = World()
        lines = ((36500, month(1), month(13)), (-300, month(2), month(5)))
        credited, _ = (bills(world, *lines, day="2026-01-03") for _ in range(2))
        race(
            *[upkeep.fold_deferred] * 3,
            lambda: (earns(month(1)), earns(month(2))),
            lambda: bill.issue_credit_note(
                actor=world.staff, at=at("2026-02-05"), invoice_id=credited, reason="Less", gross_minor=777
            ),
            *[lambda: bills(world, (1200, month(1), month(9)), day="2026-02-01")] * 2,
        )
        assert verify_books().failures == []
        days = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 12, 31)]
        expected = of_rows(world, days)
        assert answers(world, days) == expected
        assert upkeep.fold_deferred()
        assert answers(world, days) == expected
        assert verify_books().failures == []
