"""Contract of faults on the way: whatever cuts an answer off leaves the outcome unknown, and is never a failure."""

from datetime import UTC, datetime

import pytest

from tallystick.gateways.port import Answer, GatewayUnavailable, Outcome
from tests.gateways.contract.harness import Card, Fault, Harness, refund_order


class FaultContract:
    """Inherit through `GatewayContract`."""

    @pytest.mark.parametrize(
        ("fault", "later"),
        [
            (Fault.LATE_DONE, Outcome.SUCCEEDED),  # S03
            (Fault.LATE_NOT_DONE, Outcome.NOT_PERFORMED),  # S04
            (Fault.CUT_AFTER, Outcome.SUCCEEDED),  # S07
            (Fault.CUT_BEFORE, Outcome.NOT_PERFORMED),
            (Fault.ERROR_500, Outcome.NOT_PERFORMED),  # S05
        ],
    )
    def test_whatever_cuts_the_answer_off_leaves_it_unknown_until_asked(
        self, harness: Harness, fault: Fault, later: Outcome
    ) -> None:
        order = harness.order(token=harness.token(Card.SUCCESS))
        harness.order_fault(fault)
        late = fault in {Fault.LATE_DONE, Fault.LATE_NOT_DONE}
        assert (harness.impatient if late else harness.gateway).pay(order).outcome is Outcome.UNKNOWN
        if late:
            harness.wait_for_late_effect(order.reference)
        assert harness.gateway.ask(order.reference).outcome is later
        assert harness.received_minor() == ([11900] if later is Outcome.SUCCEEDED else [])
        assert harness.gateway.pay(order).outcome is Outcome.SUCCEEDED, "the same order may be sent again"
        assert harness.received_minor() == [11900]

    def test_s05_a_service_that_always_fails_is_not_asked_in_a_loop(self, harness: Harness) -> None:
        order = harness.order(token=harness.token(Card.SUCCESS))
        harness.order_fault(Fault.ERROR_500, always=True)
        answers = [harness.gateway.pay(order), harness.gateway.ask(order.reference), harness.gateway.cancel("att_x")]
        assert {answer.outcome for answer in answers} == {Outcome.UNKNOWN}
        harness.clear_faults()
        assert harness.received_minor() == []

    def test_s06_too_many_requests_are_slowed_down_under_the_same_key(self, harness: Harness) -> None:
        order = harness.order(token=harness.token(Card.SUCCESS))
        harness.order_fault(Fault.TOO_MANY_REQUESTS)
        assert harness.gateway.pay(order).outcome is Outcome.SUCCEEDED
        assert harness.received_minor() == [11900]

    def test_s08_another_amount_is_reported_as_it_was_answered(self, harness: Harness) -> None:
        order = harness.order(token=harness.token(Card.SUCCESS))
        harness.order_fault(Fault.WRONG_AMOUNT)
        answer = harness.gateway.pay(order)
        assert (answer.outcome, answer.amount_minor) == (Outcome.SUCCEEDED, 12000)

    def test_a_service_that_cannot_be_reached(self, harness: Harness) -> None:
        order = harness.order()
        assert harness.unreachable.pay(order).outcome is Outcome.NOT_PERFORMED
        assert harness.unreachable.ask(order.reference).outcome is Outcome.UNKNOWN
        assert harness.unreachable.cancel(order.reference).outcome is Outcome.UNKNOWN
        assert harness.unreachable.ask_refund(order.reference).outcome is Outcome.UNKNOWN
        paid = Answer(outcome=Outcome.SUCCEEDED, gateway_reference="spay_1")
        assert harness.unreachable.refund(refund_order(paid, 1)).outcome is Outcome.UNKNOWN
        with pytest.raises(GatewayUnavailable):
            list(harness.unreachable.changes(since=datetime.now(tz=UTC)))
        with pytest.raises(GatewayUnavailable):
            harness.unreachable.balance()
