"""Contract of asking for all: what changed since a moment, and what the service holds."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from tallystick.gateways.port import LONGEST_FACT, About, Change, GatewayUnavailable, PaymentOrder
from tests.gateways.contract.harness import Card, Fault, Harness, needs, refund_order, the_message

# More than any service lists on a page.
MANY = 103


class ListContract:
    """Inherit through `GatewayContract`."""

    def test_s27_changes_list_what_lost_messages_told(self, harness: Harness) -> None:
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        token = harness.token(Card.SUCCESS)
        orders = [harness.order(token=token) for _ in range(3)]
        paid = [harness.gateway.pay(order) for order in orders]
        refund = refund_order(paid[0], 100)
        harness.gateway.refund(refund)
        changes = list(harness.gateway.changes(since=since))
        told = references(changes, About.PAYMENT)
        assert sorted(told) == sorted(order.reference for order in orders)
        assert told[-1] == orders[0].reference, "it was refunded, and so changed last"
        assert references(changes, About.REFUND) == [refund.reference]
        assert [change.changed_at for change in changes] == sorted(change.changed_at for change in changes)
        assert list(harness.gateway.changes(since=datetime.now(tz=UTC) + timedelta(days=400))) == []

    def test_changes_beyond_one_page_are_all_told(self, harness: Harness) -> None:
        references_ = [harness.order().reference for _ in range(MANY)]
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        for reference in references_:
            harness.gateway.pay(PaymentOrder(**{**vars(harness.order()), "reference": reference}))
        told = references(harness.gateway.changes(since=since), About.PAYMENT)
        assert told == references_

    def test_s27_pages_of_several_lists_come_in_the_order_of_change(self, harness: Harness) -> None:
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        paid = harness.gateway.pay(harness.order(token=harness.token(Card.SUCCESS)))
        refunds = [refund_order(paid, 1) for _ in range(MANY)]
        orders = [harness.order() for _ in range(MANY)]
        for refund, order in zip(refunds, orders, strict=True):
            harness.gateway.refund(refund)
            harness.gateway.pay(order)
        changes = list(harness.gateway.changes(since=since))
        assert references(changes, About.REFUND) == [refund.reference for refund in refunds]
        told = references(changes, About.PAYMENT)
        assert [each for each in told if each in {order.reference for order in orders}] == [
            order.reference for order in orders
        ]
        assert [change.changed_at for change in changes] == sorted(change.changed_at for change in changes)

    def test_s27_a_walk_that_was_cut_off_goes_on_from_the_last_change_it_saw(self, harness: Harness) -> None:
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        for _ in range(MANY):
            harness.gateway.pay(harness.order())
        whole = list(harness.gateway.changes(since=since))
        seen = list(islice(harness.gateway.changes(since=since), 70))
        assert seen == whole[:70]
        # What happened at that very moment comes once more: nothing else may have happened in it unseen.
        rest = list(harness.gateway.changes(since=seen[-1].changed_at))
        assert rest == [change for change in whole if change.changed_at >= seen[-1].changed_at]
        assert rest[-len(whole[69:]) :] == whole[69:]

    def test_s27_a_service_that_falls_silent_between_pages_is_walked_again_later(self, harness: Harness) -> None:
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        orders = [harness.order() for _ in range(MANY)]
        for order in orders:
            harness.gateway.pay(order)
        walk = harness.gateway.changes(since=since)
        first = next(walk)
        harness.order_fault(Fault.ERROR_500, always=True)
        seen = [first]
        with pytest.raises(GatewayUnavailable):
            seen.extend(iter(lambda: next(walk), None))
        harness.clear_faults()
        assert len(seen) < MANY
        rest = harness.gateway.changes(since=seen[-1].changed_at)
        assert {change.reference for change in [*seen, *rest]} == {order.reference for order in orders}

    def test_s27_a_change_tells_the_fact_that_a_message_told(self, harness: Harness) -> None:
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        message = the_message(harness.gateway, harness.genuine_post())
        assert 0 < len(message.fact) <= LONGEST_FACT
        (change,) = [each for each in harness.gateway.changes(since=since) if each.reference == message.reference]
        assert (change.fact, change.about, change.is_live, change.waits) == (message.fact, About.PAYMENT, False, False)
        assert change.kind
        assert message.reference in json.dumps(json.loads(change.body)), "it is kept as it was listed"

    def test_what_waits_for_the_customer_says_so(self, harness: Harness) -> None:
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        order = harness.order()
        started = harness.gateway.pay(order)
        (waiting,) = list(harness.gateway.changes(since=since))
        assert waiting.waits
        harness.customer_pays(started, Card.SUCCESS)
        (paid,) = [each for each in harness.gateway.changes(since=since) if each.about is About.PAYMENT]
        assert (paid.reference, paid.waits) == (order.reference, False)
        assert paid.fact != waiting.fact

    def test_s32_each_state_of_a_thing_is_a_fact_of_its_own(self, harness: Harness) -> None:
        needs(harness, Card.REFUND_FAILS_LATER)
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        paid = harness.gateway.pay(harness.order(token=harness.token(Card.REFUND_FAILS_LATER)))
        harness.gateway.refund(refund_order(paid, 100))
        before = {change.fact for change in harness.gateway.changes(since=since)}
        harness.pass_time()
        after = {change.fact for change in harness.gateway.changes(since=since)}
        assert len(after - before) == 1, "the refund failed, and nothing else became something else"

    def test_the_balance_is_what_came_less_refunds_and_fees(self, harness: Harness) -> None:
        assert dict(harness.gateway.balance()) == {}
        paid = harness.gateway.pay(harness.order(token=harness.token(Card.SUCCESS)))
        harness.gateway.refund(refund_order(paid, 1900))
        assert paid.fee_minor is not None
        assert dict(harness.gateway.balance()) == {"EUR": 10000 - paid.fee_minor}


def references(changes: Iterator[Change] | list[Change], about: About) -> list[str]:
    """This function will return the references of changes of one kind."""
    return [change.reference for change in changes if change.about is about]
