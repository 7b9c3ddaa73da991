"""The next months as they stand and with a change: what is told is what would happen, and nothing of it happened."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.errors import ExpectedError, InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import new_id
from tallystick.usecases import what_if
from tallystick.usecases.what_if import PriceMoves, SubscriptionEnds
from tests.scenarios.conftest import actor, at
from tests.scenarios.equations import everything
from tests.scenarios.subscriptions import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def foresee(shop: Shop, day: str = "2026-01-15", months: int = 3, **more: Any) -> Any:
    """What is told, after which all tables hold what they held before."""
    before = everything()
    told = what_if.what_if(actor=shop.staff, at=at(day), months=months, **more)
    assert everything() == before
    return told


def in_months(told: Any, which: str = "with_change", currency: str = "EUR") -> list[tuple[int, int, int]]:
    (found,) = (each for each in told["currencies"] if each["currency"] == currency)
    return [tuple(row[which].values()) for row in found["months"]]


def rented(shop: Shop, price: UUID, name: str) -> tuple[UUID, UUID]:
    customer = shop.customer(name, terms_days=14)
    return customer, shop.agree(customer, price, "2026-01-01")


def test_the_next_months_are_what_the_bill_run_then_bills(shop: Shop) -> None:
    price = shop.price(10000)
    rented(shop, price, "Acme Corp")
    told = foresee(shop, months=3)
    assert told["until"] == "2026-03-31"
    # January's invoice is open and due in January; each later month bills 120.00, due a fortnight later.
    assert in_months(told) == [(0, 0, 12000), (1, 12000, 12000), (1, 12000, 12000)]
    assert in_months(told, "difference") == [(0, 0, 0)] * 3
    for day in ("2026-02-01", "2026-03-01"):
        assert shop.run(day)["billed"][0]["total_minor"] == 12000


def test_a_price_moves_and_only_the_difference_is_told(shop: Shop) -> None:
    price = shop.price(10000)
    _, subscription = rented(shop, price, "Acme Corp")
    other, _ = rented(shop, shop.price(5000), "Other Ltd")
    dearer = shop.another_price(price, 11000)
    moved = PriceMoves(price_id=price, to_price_id=dearer)

    told = foresee(shop, change=moved)
    assert in_months(told, "difference") == [(0, 0, 0), (0, 1200, 1200), (0, 1200, 1200)]
    assert in_months(told)[1] == (2, 13200 + 6000, 13200 + 6000)
    assert in_months(foresee(shop, change=moved, customer_id=other), "difference") == [(0, 0, 0)] * 3
    assert shop.row(subscription)["price_id"] == price


def test_a_subscription_ends_and_what_comes_without_it_is_told(shop: Shop) -> None:
    customer, subscription = rented(shop, shop.price(10000), "Acme Corp")
    ends = SubscriptionEnds(subscription_id=subscription, end_date=date(2026, 3, 1))
    told = foresee(shop, change=ends, customer_id=customer)
    assert in_months(told, "difference") == [(0, 0, 0), (0, 0, 0), (-1, -12000, -12000)]
    assert shop.row(subscription)["end_date"] is None


def test_the_fee_of_an_early_end_is_told_of_its_payer_alone(shop: Shop) -> None:
    customer, other = shop.customer("Acme Corp"), shop.customer("Other Ltd")
    terms: dict[str, Any] = {"contract_months": 12, "early_return_fee_minor": 5000}
    subscription = shop.agree(customer, shop.price(10000), "2026-01-01", **terms)
    ends = SubscriptionEnds(subscription_id=subscription, end_date=date(2026, 3, 1))
    for whose, fee in ((None, (1, 6000, 6000)), (customer, (1, 6000, 6000)), (other, None)):
        told = foresee(shop, change=ends, customer_id=whose)
        assert (in_months(told, "difference")[0] if told["currencies"] else None) == fee, whose


def test_a_group_is_looked_at_alone(shop: Shop) -> None:
    price = shop.price(10000)
    payer, member = shop.customer("Payer Ltd"), shop.customer("Member Ltd")
    group = shop.group(payer, day=1, first="2026-02-01")
    shop.join(group, member, "2026-01-01")
    shop.subscribe(member, price, start="2026-01-20")
    rented(shop, price, "Acme Corp")
    told = foresee(shop, months=2, group_id=group)
    assert [row[0] for row in in_months(told)] == [0, 1]


@pytest.mark.parametrize(
    ("refusal", "more"),
    [
        (InvalidField, {"months": 0}),
        (InvalidField, {"months": 25}),
        (InvalidField, {"customer_id": new_id(), "group_id": new_id()}),
        (NotFound, {"customer_id": new_id()}),
        (NotFound, {"group_id": new_id()}),
        (NotFound, {"change": SubscriptionEnds(subscription_id=new_id(), end_date=date(2026, 3, 1))}),
        (ExpectedError, {"change": PriceMoves(price_id=new_id(), to_price_id=new_id())}),
    ],
)
def test_what_cannot_be_foreseen_is_refused_without_a_trace(
    shop: Shop, refusal: type[ExpectedError], more: dict[str, Any]
) -> None:
    before = everything()
    with pytest.raises(refusal):
        what_if.what_if(actor=shop.staff, at=at("2026-01-15"), **{"months": 3} | more)
    assert everything() == before


def test_only_who_may_bill_looks_ahead(shop: Shop) -> None:
    with pytest.raises(NotAllowed):
        what_if.what_if(actor=actor("Support"), at=at("2026-01-15"), months=3)
