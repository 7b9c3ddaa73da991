"""First cards that are stored at the same instant: each is kept, and one of them is the default, at once."""

import threading
from collections.abc import Iterator
from functools import partial
from uuid import UUID

import pytest

from tallystick.foundation.transactions import transaction
from tallystick.gateways.port import CardFacts
from tallystick.payments import methods
from tallystick.payments import queries as payments
from tests.concurrency.race import PATIENCE_SECONDS, connections_for, race, until_somebody_waits
from tests.conftest import OwnDatabase
from tests.portal.conftest import Business, now

CARDS = 8


@pytest.fixture
def house(own_database: OwnDatabase) -> Iterator[Business]:
    with connections_for(CARDS):
        yield Business()


def keep(customer: UUID, account: UUID, token: str, *, makes_default: bool = False) -> UUID:
    """This function will store a card in a transaction, as a set-up or a payment does, and return it."""
    card = CardFacts(brand="visa", last_four="4242", expiry_month=12, expiry_year=2039)
    with transaction():
        kept, _is_new = methods.keep(customer_id=customer, account_id=account, token=token, card=card, at=now())
        if makes_default:
            methods.make_default(methods.locked(kept))
    return kept


def default_of(customer: UUID) -> UUID:
    """This function will return the one default method of a customer."""
    [found] = [row["id"] for row in payments.methods(customer) if row["is_default"]]
    assert isinstance(found, UUID)
    return found


def test_one_of_many_first_cards_is_the_default(house: Business) -> None:
    customer, account = house.customer(), house.gateway()
    finish = race(*[partial(keep, customer, account, f"tok_{number}") for number in range(CARDS)])
    assert (len(set(finish.results)), finish.refusals.total()) == (CARDS, 0)
    assert {row["id"] for row in payments.methods(customer)} == set(finish.results)
    assert default_of(customer) in finish.results


@pytest.mark.parametrize("makes_default", [False, True])
def test_a_first_card_waits_for_another_and_takes_its_place_if_it_shall(
    house: Business, *, makes_default: bool
) -> None:
    customer, account = house.customer(), house.gateway()
    is_kept = threading.Event()

    def first() -> UUID:
        with transaction():
            kept = keep(customer, account, "tok_first")
            is_kept.set()
            until_somebody_waits()
        return kept

    def second() -> UUID:
        assert is_kept.wait(PATIENCE_SECONDS)
        return keep(customer, account, "tok_second", makes_default=makes_default)

    finish = race(first, second)
    tokens = {payments.method_token(each, of_customer=customer)[0]: each for each in finish.results}
    assert sorted(tokens) == ["tok_first", "tok_second"]
    assert default_of(customer) == tokens["tok_second" if makes_default else "tok_first"]
