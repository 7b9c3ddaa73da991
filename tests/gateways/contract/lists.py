"""Contract of asking for all: what changed since a moment, and what the service holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tallystick.gateways.port import About, Change, PaymentOrder
from tests.gateways.contract.harness import Card, Harness, refund_order


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
        references_ = [harness.order().reference for _ in range(103)]
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        for reference in references_:
            harness.gateway.pay(PaymentOrder(**{**vars(harness.order()), "reference": reference}))
        told = references(harness.gateway.changes(since=since), About.PAYMENT)
        assert told == references_

    def test_the_balance_is_what_came_less_refunds_and_fees(self, harness: Harness) -> None:
        assert dict(harness.gateway.balance()) == {}
        paid = harness.gateway.pay(harness.order(token=harness.token(Card.SUCCESS)))
        harness.gateway.refund(refund_order(paid, 1900))
        assert paid.fee_minor is not None
        assert dict(harness.gateway.balance()) == {"EUR": 10000 - paid.fee_minor}


def references(changes: Iterator[Change] | list[Change], about: About) -> list[str]:
    """This function will return the references of changes of one kind."""
    return [change.reference for change in changes if change.about is about]
