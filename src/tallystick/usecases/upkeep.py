"""What the books need to stay quick."""

from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger


def fold_balances() -> int:
    """This function will fold the appended deltas of control accounts into their balances, and return how many."""
    taken = 0
    while True:
        with transaction():
            part = ledger.fold_balances()
        taken += part
        if not part:
            return taken
