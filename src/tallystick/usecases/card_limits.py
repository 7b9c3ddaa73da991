"""Limits against card testing (E41) where customers go to a gateway with a new card: to pay, by a link, or to store it.

Staff and programs answer for themselves, and a stored card was shown to be its customer's.
"""

import math
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tallystick.foundation import audit, jobs
from tallystick.foundation.ids import new_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction
from tallystick.gateways.port import Outcome
from tallystick.payments import card_tries
from tallystick.payments.card_tries import Stop
from tallystick.usecases.frame import SYSTEM

_CUSTOMERS: Final = frozenset({"contact", "link"})


@needs_transaction
def count_try(about: UUID, *, actor: Actor, customer_id: UUID, at: datetime) -> None:
    """This function will count that a customer goes to a gateway with a new card: for the attempt or set-up `about`.

    Raises:
        CardTriesSlowed, CardTriesStopped: when too many did not work before.
    """
    if actor.kind in _CUSTOMERS:
        stop = card_tries.begin(about, customer_id=customer_id, address=actor.address, at=at)
        _tell(stop, customer_id, at=at)


@needs_transaction
def count_outcome(about: UUID, outcome: Outcome, *, customer_id: UUID, at: datetime) -> None:
    """This function will count what became of a try: a decline is one more, a success is forgotten."""
    if outcome is Outcome.DECLINED:
        _tell(card_tries.fail(about, at=at), customer_id, at=at)
    elif outcome is Outcome.SUCCEEDED:
        card_tries.forget(about)


def _tell(stop: Stop | None, customer_id: UUID, *, at: datetime) -> None:
    """Have the staff know, in the customer's history and by mail."""
    if stop is None:
        return
    minutes = math.ceil((stop.until - at) / timedelta(minutes=1))
    told = {"card_tries": stop.tries, "minutes": minutes}
    audit.record(actor=SYSTEM, at=at, action="stop_card_tries", kind="customer", object_id=customer_id, after=told)
    jobs.defer("mail.card_tries_stopped", customer_id=str(customer_id), minutes=minutes, unique=str(new_id()))
