"""An entry is closed with its transaction: committed for real, so on a database of its own."""

from datetime import UTC, date, datetime
from uuid import uuid4

from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import BANK_CLEARING, CASH
from tallystick.ledger.entries import EntryDraft, Worth, credit, debit
from tests.rooms.test_database_rules import INSERT_POSTING, refused, run

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_posting_added_to_an_entry_of_an_earlier_transaction(own_database: object) -> None:
    worth = Worth(500, "EUR", 500)
    draft = EntryDraft(
        rule="J32", subject_kind="test", subject_id=uuid4(), lines=(debit(CASH, worth), credit(BANK_CLEARING, worth))
    )
    with transaction():
        entry_id = ledger.post([draft], effective_date=date(2026, 1, 1), at=AT)[0]

    def add() -> None:
        run(INSERT_POSTING, entry_id, "1000", "D", 1, "EUR", 1)
        run(INSERT_POSTING, entry_id, "1000", "C", 1, "EUR", 1)

    refused("entry_is_written_once", add)
