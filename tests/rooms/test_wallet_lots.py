"""Over random lots: whatever is bought, credited, topped up and taken back, nothing is lost, and all goes home."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.foundation.transactions import undone
from tallystick.payments import queries as payments
from tallystick.usecases import allocate
from tallystick.wallets import queries
from tallystick.wallets.operations import TopupSpent
from tests.conftest import check_books
from tests.scenarios.conftest import World
from tests.scenarios.conftest import at as moment
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db

amounts = st.integers(1, 5000)
acts = st.lists(
    st.one_of(
        st.tuples(st.just("top_up"), amounts),
        st.tuples(st.just("give"), amounts, st.none() | st.dates(date(2026, 1, 20), date(2026, 2, 20))),
        st.tuples(st.just("buy"), amounts),
        st.tuples(st.just("credit"), st.integers(0, 20), amounts),
        st.tuples(st.just("take_back"), st.integers(0, 20)),
    ),
    min_size=4,
    max_size=14,
)


class Model:
    """What must be in the wallet, reckoned without lots."""

    def __init__(self) -> None:
        self.balance = 0
        self.top_ups: list[Any] = []
        self.bought: dict[Any, int] = {}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=acts)
def test_nothing_is_lost_over_random_lots(world: World, told: list[tuple[Any, ...]]) -> None:
    with undone():
        prepaid, model = Prepaid(world), Model()
        customer = prepaid.customer()
        for act in told:
            step(prepaid, model, customer, act)
            assert prepaid.wallet(customer) == model.balance
            row = queries.wallet(customer, "EUR")
            if row is not None:
                lots = queries.lots_of([row["id"]])[row["id"]]
                assert sum(lot["left_minor"] for lot in lots) - row["beyond_minor"] == model.balance
                paid_left = sum(lot["left_minor"] for lot in lots if lot["kind"] == "paid")
                assert row["beyond_minor"] == 0 or paid_left == 0, "paid money fills what was used beyond it"
        for charge_id, left in model.bought.items():
            if left:
                prepaid.credit(charge_id)
        lots = prepaid.lots(customer) if queries.wallet(customer, "EUR") else []
        assert all(left == amount for _kind, left, amount in lots), "all that was bought is back where it came from"
        check_books()


def step(prepaid: Prepaid, model: Model, customer: Any, act: tuple[Any, ...]) -> None:
    match act:
        case ("top_up", minor):
            model.top_ups.append(prepaid.receive(customer, minor))
            model.balance += minor
        case ("give", minor, expires):
            prepaid.give(customer, minor, expires=expires)
            model.balance += minor
        case ("buy", minor):
            model.bought[prepaid.buy(customer, minor)] = minor
            model.balance -= minor
        case ("credit", place, minor) if model.bought:
            charge_id, left = list(model.bought.items())[place % len(model.bought)]
            part = min(minor, left)
            if part:
                prepaid.credit(charge_id, part)
                model.bought[charge_id] -= part
                model.balance += part
        case ("take_back", place) if model.top_ups:
            payment = model.top_ups[place % len(model.top_ups)]
            total = payments.payment(payment)["total_minor"]
            try:
                allocate.reverse_payment(
                    actor=prepaid.world.staff, at=moment("2026-01-15"), payment_id=payment, reason="Wrong"
                )
            except TopupSpent:
                return
            model.top_ups.remove(payment)
            model.balance -= total
