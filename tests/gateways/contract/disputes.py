"""Contract of disputes: each of their states, their fee, and what the service holds for us meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from tallystick.gateways.port import About, Answer, DisputeFacts, DisputeState, GatewayUnavailable
from tests.gateways.contract.harness import Card, Fault, Harness, the_message


class DisputeContract:
    """Inherit through `GatewayContract`."""

    def test_what_nobody_disputes_has_no_dispute(self, harness: Harness) -> None:
        assert list(harness.gateway.disputes(_paid(harness).gateway_reference)) == []
        assert list(harness.gateway.disputes("nothing-of-ours")) == []

    def test_s30_a_dispute_takes_the_money_and_the_fee(self, harness: Harness) -> None:
        paid = _paid(harness)
        before = harness.gateway.balance()["EUR"]
        harness.payer_disputes(paid)
        facts = _the_dispute(harness, paid)
        assert (facts.state, facts.took_funds) == (DisputeState.OPEN, True)
        assert (facts.amount_minor, facts.currency) == (11900, "EUR")
        assert (bool(facts.external_id), bool(facts.reason_code)) == (True, True)
        assert (facts.fee_minor > 0, facts.fee_currency, facts.fee_returned) == (True, "EUR", False)
        assert facts.evidence_due_at is not None
        assert facts.evidence_due_at.tzinfo is UTC
        assert facts.evidence_due_at > datetime.now(tz=UTC)
        assert harness.gateway.balance()["EUR"] == before - 11900 - facts.fee_minor

    @pytest.mark.parametrize("returns_fee", [True, False])
    def test_a_won_dispute_brings_the_money_back(self, harness: Harness, *, returns_fee: bool) -> None:
        paid = _paid(harness)
        before = harness.gateway.balance()["EUR"]
        harness.payer_disputes(paid)
        harness.dispute_ends(paid, won=True, returns_fee=returns_fee)
        facts = _the_dispute(harness, paid)
        assert (facts.state, facts.took_funds, facts.fee_returned) == (DisputeState.WON, True, returns_fee)
        assert harness.gateway.balance()["EUR"] == before - (0 if returns_fee else facts.fee_minor)

    def test_a_lost_dispute_does_not(self, harness: Harness) -> None:
        paid = _paid(harness)
        harness.payer_disputes(paid)
        during = dict(harness.gateway.balance())
        harness.dispute_ends(paid, won=False)
        facts = _the_dispute(harness, paid)
        assert (facts.state, facts.took_funds, facts.fee_returned) == (DisputeState.LOST, True, False)
        assert dict(harness.gateway.balance()) == during

    def test_an_inquiry_takes_nothing(self, harness: Harness) -> None:
        paid = _paid(harness)
        before = dict(harness.gateway.balance())
        harness.payer_disputes(paid, inquiry=True)
        facts = _the_dispute(harness, paid)
        assert (facts.state, facts.took_funds, facts.fee_minor) == (DisputeState.OPEN, False, 0)
        assert dict(harness.gateway.balance()) == before

    def test_messages_and_changes_name_the_services_payment_and_each_state_is_a_fact(self, harness: Harness) -> None:
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        paid = _paid(harness)
        facts = set()
        for step in (
            lambda: harness.payer_disputes(paid),
            lambda: harness.dispute_ends(paid, won=False),
        ):
            message = the_message(harness.gateway, step())
            (change,) = [each for each in harness.gateway.changes(since=since) if each.about is About.DISPUTE]
            assert (message.about, message.reference) == (About.DISPUTE, paid.gateway_reference)
            assert (change.reference, change.fact, change.waits) == (message.reference, message.fact, False)
            facts.add(message.fact)
        assert len(facts) == 2

    @pytest.mark.parametrize("fault", [Fault.ERROR_500, Fault.CUT_BEFORE])
    def test_a_service_that_does_not_answer_says_so(self, harness: Harness, fault: Fault) -> None:
        paid = _paid(harness)
        harness.payer_disputes(paid)
        harness.order_fault(fault, always=True)
        with pytest.raises(GatewayUnavailable):
            harness.gateway.disputes(paid.gateway_reference)
        harness.clear_faults()
        assert _the_dispute(harness, paid).state is DisputeState.OPEN


def _paid(harness: Harness) -> Answer:
    return harness.gateway.pay(harness.order(token=harness.token(Card.SUCCESS)))


def _the_dispute(harness: Harness, paid: Answer) -> DisputeFacts:
    (facts,) = harness.gateway.disputes(paid.gateway_reference)
    return facts
