"""What keeps the books quick, and nothing longer than it is of use."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeAlias

from tallystick.foundation.transactions import steady, transaction
from tallystick.ledger import folding
from tallystick.ledger import operations as ledger
from tallystick.payments import card_tries, counting
from tallystick.reports import deferred, taxed

# Who wants to know how far it is: what is added up, how much of it is done, and of how much.
Told: TypeAlias = Callable[[str, int, int], None]


def _nobody(_what: str, _done: int, _all: int) -> None:
    pass


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


def fold_postings(*, told: Told = _nobody) -> bool:
    """This function will fold what was posted into the sums that reports read, chunk by chunk, each for itself.

    It says whether all was folded that was posted before; not when somebody is posting for long.
    """
    with transaction():
        until = folding.settled_until()
    if until is None:
        return False
    done = 0
    while done < until:
        with transaction():
            done = folding.fold_postings(until=until)
        told("Sums of the books", done, until)
    return True


def fold_tax(*, told: Told = _nobody) -> bool:
    """This function will fold what was taxed into sums of days, chunk by chunk, each for itself.

    It says whether all was folded that was there before; not when somebody is posting or charging for long.
    """
    with transaction():
        posting_id = folding.settled_until()
    with transaction():
        taxed_use_id = taxed.settled_use()
    if posting_id is None or taxed_use_id is None:
        return False
    until, done = taxed.Place(posting_id, taxed_use_id), taxed.Place(0, 0)
    while done.posting_id < posting_id or done.taxed_use_id < taxed_use_id:
        with transaction():
            done = taxed.fold(until=until)
        told("Sums of tax", sum(done), sum(until))
    return True


def fold_deferred(*, told: Told = _nobody) -> bool:
    """This function will keep what deferred revenue is by what was posted, chunk by chunk, each for itself.

    It says whether all was looked at that was posted before; not when somebody is posting for long.
    """
    with transaction():
        until = folding.settled_until()
    if until is None:
        return False
    done = 0
    while done < until:
        with transaction():
            done = deferred.fold(until=until)
        told("Deferred revenue", done, until)
    return True


def fold_payments(*, told: Told = _nobody) -> int:
    """This function will fold what changed of payments into the sums of days that reports read, and return how much.

    Where there are none yet, or the business's time zone is another one now, all payments are added up anew.
    """
    if counting.needs_building():
        with steady():
            counting.build(told=partial(told, "Sums of payments"))
    taken = 0
    while True:
        with transaction():
            part = counting.fold()
        taken += part
        if not part:
            return taken
