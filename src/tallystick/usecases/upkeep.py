"""What keeps the books quick, and nothing longer than it is of use."""

from datetime import datetime

from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.payments import card_tries


def fold_balances() -> int:
    """This function will fold the appended deltas of control accounts into their balances, and return how many."""
    taken = 0
    while True:
        with transaction():
            part = ledger.fold_balances()
        taken += part
        if not part:
            return taken


def forget_card_tries(*, at: datetime) -> int:
    """This function will forget tries with new cards that no limit counts any more (E41), and return how many.

    Whoever tried is a customer, and their network address stands there as a hash.
    """
    with transaction():
        return card_tries.forget_old(at=at)
