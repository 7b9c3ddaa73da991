"""What keeps the books quick, and nothing longer than it is of use."""

from datetime import datetime

from tallystick.foundation.transactions import transaction
from tallystick.ledger import folding
from tallystick.ledger import operations as ledger
from tallystick.payments import card_tries, counting


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


def fold_postings() -> bool:
    """This function will fold what was posted into the sums that reports read, chunk by chunk, each for itself.

    It says whether all was folded that was posted before; not when somebody is posting for long.
    """
    with transaction():
        until = folding.settled_until()
    if until is None:
        return False
    is_behind = True
    while is_behind:
        with transaction():
            is_behind = folding.fold_postings(until=until)
    return True


def fold_payments() -> int:
    """This function will fold what changed of payments into the sums of days that reports read, and return how much.

    Where there are none yet, or the business's time zone is another one now, all payments are added up anew.
    """
    if counting.needs_building():
        with transaction():
            counting.build()
    taken = 0
    while True:
        with transaction():
            part = counting.fold()
        taken += part
        if not part:
            return taken
