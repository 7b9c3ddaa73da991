"""`verify-books` sees what is wrong with disputes, whoever wrote it ("Always true", 7)."""

from collections.abc import Iterator

import pytest
from django.db import connection

from tallystick.reports.verify_books import verify_books
from tallystick.usecases import dispute
from tests.rooms.test_database_rules import run
from tests.scenarios.conftest import uid
from tests.usecases.shop import Shop, at

pytestmark = pytest.mark.django_db

FUNDS = "7. Disputed funds of each dispute equal its amount while it is open, and nothing before and after"
BLOCKED = "7. What of each payment is in dispute is what its open disputes are about, as far as it is there"
LOST = "7. What of each payment was lost is what its lost disputes took"
LOSSES = "Dispute fees and losses of each dispute equal its fee, unless it came back, and what could not be taken"
CLEARING = "10. Gateway clearing of each account equals what came through it, less refunds, fees and disputes"


@pytest.fixture
def disputed(shop: Shop) -> Iterator[None]:
    """One dispute of 106.80 that is open, with its fee of 15.00, and one that was lost; forgotten after the test."""
    _, _, open_payment = shop.paid()
    dispute.open_dispute(actor=shop.staff, at=at(), payment_id=open_payment, fee_minor=1500)
    _, _, lost_payment = shop.paid()
    made = dispute.open_dispute(actor=shop.staff, at=at(), payment_id=lost_payment)
    dispute.lose_dispute(actor=shop.staff, at=at(), dispute_id=uid("dsp", made["id"]))
    yield
    connection.set_rollback(True)


def broken() -> set[str]:
    """This function will return the statements that do not hold."""
    return {check.statement for check in verify_books().checks if check.failures}


def test_books_that_agree(disputed: None) -> None:
    assert broken() == set()
    counted = {check.statement: check.counted for check in verify_books().checks}
    assert (counted[FUNDS], counted[LOSSES]) == (2, 2)


@pytest.mark.parametrize(
    ("change", "statements"),
    [
        ("UPDATE payments_dispute SET amount_minor = 10679 WHERE state = 'opened'", {FUNDS, BLOCKED, CLEARING}),
        (
            "UPDATE payments_dispute SET state = 'won', closed_at = now() WHERE state = 'opened'",
            {FUNDS, BLOCKED, CLEARING},
        ),
        ("UPDATE payments_dispute SET fee_returned = true WHERE fee_minor > 0", {LOSSES, CLEARING}),
        ("UPDATE payments_dispute SET taken_minor = 10670, loss_minor = 10 WHERE state = 'lost'", {LOST, LOSSES}),
        ("UPDATE payments_payment SET disputed_minor = 0", {BLOCKED}),
        ("DELETE FROM payments_dispute WHERE state = 'lost'", {LOST, CLEARING}),
    ],
)
def test_what_was_written_past_the_rules_is_seen(disputed: None, change: str, statements: set[str]) -> None:
    run(change)
    assert broken() == statements
