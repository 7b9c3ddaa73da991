"""Contract of storing an instrument without paying, on the service's own page."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tallystick.gateways.port import About, Outcome, PaymentOrder
from tests.gateways.contract.harness import Card, Harness, needs, needs_storing, the_message


class SetupContract:
    """Inherit through `GatewayContract`."""

    def test_a_setup_stores_what_can_be_charged_later_and_takes_nothing(self, harness: Harness) -> None:
        needs_storing(harness)
        order = harness.setup_order()
        started = harness.gateway.set_up(order)
        assert (started.outcome, started.token, started.card) == (Outcome.ACTION_REQUIRED, "", None)
        assert started.action_url.startswith("http")
        harness.customer_pays(started, Card.SUCCESS)
        stored = harness.gateway.ask_setup(order.reference)
        assert (stored.outcome, stored.gateway_reference) == (Outcome.SUCCEEDED, started.gateway_reference)
        assert stored.card is not None
        assert len(stored.card.last_four) == 4
        assert harness.received_minor() == []
        away = PaymentOrder(**{**vars(harness.order(token=stored.token)), "off_session": True})
        assert harness.gateway.pay(away).outcome is Outcome.SUCCEEDED

    def test_every_decline_of_a_setup_is_told_with_its_code_and_nothing_is_stored(self, harness: Harness) -> None:
        needs_storing(harness)
        for code in harness.storing_declines:
            order = harness.setup_order()
            harness.customer_pays(harness.gateway.set_up(order), code)
            declined = harness.gateway.ask_setup(order.reference)
            assert (declined.outcome, declined.decline_code, declined.token) == (Outcome.DECLINED, code, "")

    @pytest.mark.parametrize("approves", [True, False])
    def test_the_bank_asks_its_customer_at_a_setup(self, harness: Harness, *, approves: bool) -> None:
        needs_storing(harness)
        needs(harness, Card.CHALLENGE)
        order = harness.setup_order()
        harness.customer_pays(harness.gateway.set_up(order), Card.CHALLENGE, approves=approves)
        answer = harness.gateway.ask_setup(order.reference)
        assert answer.outcome is (Outcome.SUCCEEDED if approves else Outcome.DECLINED)
        assert bool(answer.token) is approves

    def test_a_setup_is_given_up_by_the_customer_or_by_us(self, harness: Harness) -> None:
        needs_storing(harness)
        by_them, by_us = harness.setup_order(), harness.setup_order()
        harness.customer_gives_up(harness.gateway.set_up(by_them))
        harness.gateway.set_up(by_us)
        assert harness.gateway.cancel_setup(by_us.reference).outcome is Outcome.NOT_PERFORMED
        for order in (by_them, by_us):
            answer = harness.gateway.ask_setup(order.reference)
            assert (answer.outcome, answer.token) == (Outcome.NOT_PERFORMED, "")
            assert harness.gateway.cancel_setup(order.reference).outcome is Outcome.NOT_PERFORMED

    def test_a_setup_cannot_be_given_up_when_the_customer_was_faster(self, harness: Harness) -> None:
        needs_storing(harness)
        order = harness.setup_order()
        harness.customer_pays(harness.gateway.set_up(order), Card.SUCCESS)
        answer = harness.gateway.cancel_setup(order.reference)
        assert (answer.outcome, bool(answer.token)) == (Outcome.SUCCEEDED, True)

    def test_a_setup_that_is_repeated_is_the_same(self, harness: Harness) -> None:
        needs_storing(harness)
        order = harness.setup_order()
        first, again = harness.gateway.set_up(order), harness.gateway.set_up(order)
        assert (again.outcome, again.action_url) == (Outcome.ACTION_REQUIRED, first.action_url)

    def test_a_setup_that_never_left_was_not_performed(self, harness: Harness) -> None:
        needs_storing(harness)
        assert harness.unreachable.set_up(harness.setup_order()).outcome is Outcome.NOT_PERFORMED
        assert harness.unreachable.ask_setup("pms_1").outcome is Outcome.UNKNOWN
        for ask in (harness.gateway.ask_setup, harness.gateway.cancel_setup):
            answer = ask(f"pms_{uuid.uuid4().hex}")
            assert (answer.outcome, answer.gateway_reference) == (Outcome.NOT_PERFORMED, "")

    def test_a_setup_is_told_by_a_message_and_found_by_asking(self, harness: Harness) -> None:
        needs_storing(harness)
        since = datetime.now(tz=UTC) - timedelta(minutes=5)
        order = harness.setup_order()
        message = the_message(harness.gateway, harness.storing_post(harness.gateway.set_up(order)))
        assert (message.about, message.reference) == (About.METHOD, order.reference)
        (change,) = harness.gateway.changes(since=since)
        assert (change.about, change.reference, change.fact) == (About.METHOD, order.reference, message.fact)
        assert not change.waits
