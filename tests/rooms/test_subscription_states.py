"""The grid: every pair of state and event, by the table and through the room, and refusals that leave no trace."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.transactions import transaction
from tallystick.subscriptions import operations, states, turning
from tallystick.subscriptions.models import Subscription, SubscriptionEvent
from tests.scenarios.conftest import at
from tests.scenarios.subscribers import Subscribers

TODAY = date(2026, 3, 1)
AT = at("2026-03-01")
# Written out, so that a change of the table must be made twice, on purpose (`docs/model.md`, 26).
ALLOWED = {
    ("draft", "start_trial"): "trial",
    ("draft", "activate"): "active",
    ("draft", "cancel"): "cancelled",
    ("trial", "activate"): "active",
    ("trial", "cancel"): "cancelled",
    ("active", "pause"): "paused",
    ("active", "suspend"): "suspended",
    ("active", "cancel"): "cancelled",
    ("active", "end"): "ended",
    ("paused", "resume"): "active",
    ("paused", "cancel"): "cancelled",
    ("paused", "end"): "ended",
    ("suspended", "lift"): "active",
    ("suspended", "cancel"): "cancelled",
    ("suspended", "end"): "ended",
}
# What people do leads to the events of the table.
ACTS: dict[str, Callable[[Subscription], None]] = {
    "activate": lambda row: operations.activate(row, today=TODAY, by="Ada", at=AT),
    "pause": lambda row: operations.pause(row, from_date=TODAY, resume_date=None, today=TODAY, by="Ada", at=AT),
    "resume": lambda row: operations.resume(row, on_date=TODAY, today=TODAY, by="Ada", at=AT),
    "suspend": lambda row: operations.suspend(row, reason="", by="Ada", at=AT),
    "lift": lambda row: operations.lift(row, by="Ada", at=AT),
    "cancel": lambda row: operations.cancel(row, end_date=TODAY, reason="", today=TODAY, by="Ada", at=AT),
}
# On trial nobody activates by hand: the day on which billing starts does.
BY_HAND = {pair: state for pair, state in ALLOWED.items() if pair[1] in ACTS and pair != ("trial", "activate")}


@pytest.fixture
def shop(db: None) -> Subscribers:
    return Subscribers()


def subscription_in(shop: Subscribers, state: str) -> UUID:
    """This function will make a subscription that is in a state today, and of which everything is billed."""
    trial = "2026-04-01" if state == "trial" else ""
    months = 1 if state == "ended" else None
    subscription = shop.subscribe(
        shop.customer(state.title()),
        shop.price(),
        start="2026-02-15",
        today="2026-02-15",
        billing_start=trial,
        months=months,
    )
    rows = Subscription.objects.filter(id=subscription)
    if state == "draft":
        rows.update(state="draft", next_period_start=None)
    elif state != "trial":
        rows.update(next_period_start=None if state == "ended" else date(2026, 3, 15))
    with transaction():
        row = operations.locked(subscription)
        if state in {"paused", "suspended", "cancelled"}:
            ACTS[{"paused": "pause", "suspended": "suspend", "cancelled": "cancel"}[state]](row)
        if state == "ended":
            turning.turn(date(2026, 3, 15), at=AT, by="Ada")
    assert Subscription.objects.get(id=subscription).state == state
    return subscription


def happen(subscription: UUID, act: Callable[[Subscription], Any]) -> None:
    with transaction():
        act(operations.locked(subscription))


@pytest.mark.parametrize("event", states.EVENTS)
@pytest.mark.parametrize("state", states.STATES)
def test_each_pair_of_state_and_event(shop: Subscribers, state: str, event: str) -> None:
    subscription = subscription_in(shop, state)
    before, events = Subscription.objects.values().get(id=subscription), SubscriptionEvent.objects.count()

    def move(row: Subscription) -> None:
        # What the database asks of these states.
        dated = {
            "pause": {"paused_date": TODAY},
            "cancel": {"next_period_start": None},
            "end": {"next_period_start": None},
        }
        operations.move(row, event, by="Ada", at=AT, **dated.get(event, {}))

    if (state, event) in ALLOWED:
        happen(subscription, move)
        assert Subscription.objects.get(id=subscription).state == ALLOWED[(state, event)]
        told = SubscriptionEvent.objects.order_by("id").last()
        assert told is not None
        assert (told.from_state, told.event, told.to_state) == (state, event, ALLOWED[(state, event)])
        return
    with pytest.raises(states.SubscriptionTransitionRefused) as refused:
        happen(subscription, move)
    assert state in str(refused.value)
    assert Subscription.objects.values().get(id=subscription) == before
    assert SubscriptionEvent.objects.count() == events


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", states.STATES)
def test_each_act_in_each_state(shop: Subscribers, state: str, act: str) -> None:
    subscription = subscription_in(shop, state)
    before, events = Subscription.objects.values().get(id=subscription), SubscriptionEvent.objects.count()
    if (state, act) in BY_HAND:
        happen(subscription, ACTS[act])
        assert Subscription.objects.get(id=subscription).state == BY_HAND[(state, act)]
        return
    with pytest.raises((states.SubscriptionTransitionRefused, operations.SubscriptionIsCancelled)):
        happen(subscription, ACTS[act])
    assert Subscription.objects.values().get(id=subscription) == before
    assert SubscriptionEvent.objects.count() == events


@pytest.mark.parametrize("state", states.STATES)
def test_a_date_turns_only_what_the_table_allows(shop: Subscribers, state: str) -> None:
    subscription = subscription_in(shop, state)
    Subscription.objects.filter(id=subscription).update(end_date=date(2026, 5, 1), cancelled_at=None)
    if state in {"trial", "active", "suspended"}:
        Subscription.objects.filter(id=subscription).update(next_period_start=None)
    with transaction():
        turning.turn(date(2026, 4, 30), at=AT, by="Clock")
        assert Subscription.objects.get(id=subscription).state == state
        turning.turn(date(2026, 5, 1), at=AT, by="Clock")
    over = {"active": "ended", "paused": "ended", "suspended": "ended"}
    assert Subscription.objects.get(id=subscription).state == over.get(state, state)


def test_turning_goes_in_steps_and_ends(shop: Subscribers) -> None:
    for number in range(5):
        shop.subscribe(shop.customer(f"Trial {number}"), shop.price(), start="2026-02-15", billing_start="2026-03-01")
    with transaction():
        assert turning.turn(date(2026, 2, 28), at=AT, by="Clock") == 0
        assert [turning.turn(TODAY, at=AT, by="Clock", most=2) for _ in range(4)] == [2, 2, 1, 0]
    assert set(Subscription.objects.values_list("state", flat=True)) == {"active"}
    assert SubscriptionEvent.objects.filter(event="activate", actor_label="Clock").count() == 5


def test_the_database_knows_the_same_states() -> None:
    assert set(Subscription.State.values) == set(states.STATES)
