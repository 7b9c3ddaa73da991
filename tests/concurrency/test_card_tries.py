"""Tries with new cards that are begun at the same instant: each counts those that were begun before it."""

from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import transaction
from tallystick.payments import card_tries
from tallystick.payments.models import CardTry
from tests.concurrency.race import at_once, connections_for
from tests.conftest import OwnDatabase
from tests.portal.conftest import Business, now

MOST, MORE = 18, 6


def test_no_more_than_the_limit_are_begun_at_once(own_database: OwnDatabase) -> None:
    with connections_for(MOST + MORE):
        customer, begun = Business().customer(), now()

        def begin() -> None:
            with transaction():
                card_tries.begin(new_id(), customer_id=customer, address="here", at=begun)

        finish = at_once(MOST + MORE, begin)
        assert (len(finish.results), dict(finish.refusals)) == (MOST, {"CardTriesStopped": MORE})
        assert CardTry.objects.count() == MOST
