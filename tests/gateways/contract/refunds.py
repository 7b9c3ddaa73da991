"""Contract of refunds: parts, never more than came, lost answers, late ends."""

import pytest

from tallystick.gateways.port import Outcome
from tests.gateways.contract.harness import Card, Fault, Harness, needs, refund_order


class RefundContract:
    """Inherit through `GatewayContract`."""

    def test_parts_are_refunded_and_never_more_than_came(self, harness: Harness) -> None:
        paid = harness.gateway.pay(harness.order(token=harness.token(Card.SUCCESS)))
        part = refund_order(paid, 5000)
        done = harness.gateway.refund(part)
        assert (done.outcome, done.amount_minor, done.currency) == (Outcome.SUCCEEDED, 5000, "EUR")
        assert harness.gateway.refund(part).gateway_reference == done.gateway_reference
        assert harness.gateway.ask_refund(part.reference).outcome is Outcome.SUCCEEDED
        above = refund_order(paid, 6901)
        assert harness.gateway.refund(above).outcome is Outcome.NOT_PERFORMED
        assert harness.gateway.ask_refund(above.reference).outcome is Outcome.NOT_PERFORMED
        assert harness.gateway.refund(refund_order(paid, 6900)).outcome is Outcome.SUCCEEDED
        assert harness.refunded_minor() == 11900

    def test_what_was_not_paid_cannot_be_refunded(self, harness: Harness) -> None:
        waiting = harness.gateway.pay(harness.order())
        assert harness.gateway.refund(refund_order(waiting, 1)).outcome is Outcome.NOT_PERFORMED

    @pytest.mark.parametrize(
        ("fault", "later"), [(Fault.CUT_AFTER, Outcome.SUCCEEDED), (Fault.CUT_BEFORE, Outcome.NOT_PERFORMED)]
    )
    def test_a_refund_whose_answer_is_lost_is_unknown_until_asked(
        self, harness: Harness, fault: Fault, later: Outcome
    ) -> None:
        paid = harness.gateway.pay(harness.order(token=harness.token(Card.SUCCESS)))
        order = refund_order(paid, 100)
        harness.order_fault(fault)
        assert harness.gateway.refund(order).outcome is Outcome.UNKNOWN
        assert harness.gateway.ask_refund(order.reference).outcome is later

    def test_a_refund_takes_its_time(self, harness: Harness) -> None:
        needs(harness, Card.REFUND_PENDING)
        paid = harness.gateway.pay(harness.order(token=harness.token(Card.REFUND_PENDING)))
        order = refund_order(paid, 100)
        assert harness.gateway.refund(order).outcome is Outcome.PENDING
        harness.pass_time()
        assert harness.gateway.ask_refund(order.reference).outcome is Outcome.SUCCEEDED

    def test_s32_a_refund_fails_later(self, harness: Harness) -> None:
        needs(harness, Card.REFUND_FAILS_LATER)
        paid = harness.gateway.pay(harness.order(token=harness.token(Card.REFUND_FAILS_LATER)))
        order = refund_order(paid, 100)
        assert harness.gateway.refund(order).outcome is Outcome.SUCCEEDED
        harness.pass_time()
        failed = harness.gateway.ask_refund(order.reference)
        assert (failed.outcome, bool(failed.decline_code)) == (Outcome.DECLINED, True)
        assert harness.refunded_minor() == 0
