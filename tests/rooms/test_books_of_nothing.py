"""What is posted for a document, payment, lot or batch that no room knows is found by the checks of the books."""

from datetime import date

import pytest

from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import transaction, undone
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import BANK_CLEARING, CHART
from tallystick.ledger.entries import EntryDraft, Worth, credit, debit
from tallystick.reports.verify_books import verify_books
from tests.scenarios.conftest import World, at

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", ["1110", "1130", "1200", "2000", "2100", "2200", "2210", "2220", "2300", "2400"])
def test_a_posting_for_nothing_that_is_there_is_found(code: str) -> None:
    world = World()
    customer = world.customer()
    world.invoice(customer, 8900, day="2026-01-01")
    account, nothing, worth = CHART[code], new_id(), Worth(500, "EUR", 500)
    whose = customer if account.of_customer else None
    lines = (
        debit(BANK_CLEARING, worth, per=new_id()),
        credit(account, worth, customer_id=whose, per=nothing),
    )
    stray = EntryDraft(rule="J04", subject_kind="payment", subject_id=new_id(), lines=lines)
    with transaction(), undone():
        ledger.post([stray], effective_date=date(2026, 1, 2), at=at("2026-01-02"))
        (failure,) = verify_books().failures
        assert str(nothing) in failure
        assert failure.endswith(("expected 0, found 500", "expected 0, found -500"))
    assert verify_books().failures == []
