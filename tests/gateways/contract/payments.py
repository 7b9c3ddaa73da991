"""Contract of payments: paid on a page or by a stored instrument, declined, refused, repeated, given up."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tallystick.gateways.port import Outcome, PaymentOrder
from tests.gateways.contract.harness import Card, Harness, needs


class PaymentContract:
    """Inherit through `GatewayContract`."""

    def test_a_customer_pays_on_the_services_page(self, harness: Harness) -> None:
        order = harness.order()
        started = harness.gateway.pay(order)
        assert (started.outcome, harness.received_minor()) == (Outcome.ACTION_REQUIRED, [])
        assert started.action_url.startswith("http")
        harness.customer_pays(started, Card.SUCCESS)
        paid = harness.gateway.ask(order.reference)
        assert (paid.outcome, paid.amount_minor, paid.currency) == (Outcome.SUCCEEDED, 11900, "EUR")
        assert (paid.gateway_reference, paid.action_url) == (started.gateway_reference, "")
        assert paid.fee_minor is not None
        assert 0 < paid.fee_minor < 11900
        assert (paid.fee_currency, bool(paid.fee_reference)) == ("EUR", True)
        assert paid.card is not None
        assert len(paid.card.last_four) == 4
        assert harness.received_minor() == [11900]

    def test_a_stored_instrument_is_charged_at_once(self, harness: Harness) -> None:
        paid = harness.gateway.pay(harness.order(token=harness.token(Card.SUCCESS)))
        assert (paid.outcome, harness.received_minor()) == (Outcome.SUCCEEDED, [11900])

    def test_every_decline_is_told_with_its_code(self, harness: Harness) -> None:
        for code in harness.declines:
            order = harness.order()
            harness.customer_pays(harness.gateway.pay(order), code)
            declined = harness.gateway.ask(order.reference)
            assert (declined.outcome, declined.decline_code) == (Outcome.DECLINED, code)
            assert declined.message
        assert harness.received_minor() == []

    @pytest.mark.parametrize("approves", [True, False])
    def test_the_bank_asks_its_customer(self, harness: Harness, *, approves: bool) -> None:
        needs(harness, Card.CHALLENGE)
        order = harness.order()
        harness.customer_pays(harness.gateway.pay(order), Card.CHALLENGE, approves=approves)
        answer = harness.gateway.ask(order.reference)
        assert answer.outcome is (Outcome.SUCCEEDED if approves else Outcome.DECLINED)
        assert harness.received_minor() == ([11900] if approves else [])

    def test_s34_the_bank_asks_a_customer_who_is_not_there(self, harness: Harness) -> None:
        needs(harness, Card.CHALLENGE_OFF_SESSION)
        token = harness.token(Card.CHALLENGE_OFF_SESSION)
        order = harness.order(token=token)
        off_session = PaymentOrder(**{**vars(order), "off_session": True})
        answer = harness.gateway.pay(off_session)
        assert (answer.outcome, bool(answer.action_url)) == (Outcome.ACTION_REQUIRED, True)
        assert harness.received_minor() == []

    @pytest.mark.parametrize(
        ("card", "outcome"),
        [(Card.PROCESSING_SUCCESS, Outcome.SUCCEEDED), (Card.PROCESSING_FAILURE, Outcome.DECLINED)],
    )
    def test_a_payment_is_processed_for_a_while(self, harness: Harness, card: Card, outcome: Outcome) -> None:
        needs(harness, card)
        order = harness.order(token=harness.token(card))
        assert harness.gateway.pay(order).outcome is Outcome.PENDING
        assert harness.gateway.ask(order.reference).outcome is Outcome.PENDING
        harness.pass_time()
        assert harness.gateway.ask(order.reference).outcome is outcome

    def test_a_repeated_order_takes_money_once(self, harness: Harness) -> None:
        order = harness.order(token=harness.token(Card.SUCCESS))
        first, again = harness.gateway.pay(order), harness.gateway.pay(order)
        assert (first.outcome, again.outcome) == (Outcome.SUCCEEDED, Outcome.SUCCEEDED)
        assert (first.gateway_reference, harness.received_minor()) == (again.gateway_reference, [11900])

    def test_an_order_repeated_with_another_amount_is_never_said_to_be_not_performed(self, harness: Harness) -> None:
        order = harness.order(token=harness.token(Card.SUCCESS))
        harness.gateway.pay(order)
        changed = harness.gateway.pay(PaymentOrder(**{**vars(order), "amount_minor": 1}))
        assert (changed.outcome, harness.received_minor()) == (Outcome.UNKNOWN, [11900])

    def test_a_concurrently_repeated_order_takes_money_once(self, harness: Harness) -> None:
        order = harness.order(token=harness.token(Card.SUCCESS))
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: harness.gateway.pay(order), range(8)))
        assert {answer.outcome for answer in answers} <= {Outcome.SUCCEEDED, Outcome.UNKNOWN}
        assert harness.gateway.ask(order.reference).outcome is Outcome.SUCCEEDED
        assert harness.received_minor() == [11900]

    @pytest.mark.parametrize(("currency", "amount"), [("JPY", 1500), ("KWD", 12345), ("EUR", 1)])
    def test_s53_minor_units_arrive_as_they_are(self, harness: Harness, currency: str, amount: int) -> None:
        order = harness.order(token=harness.token(Card.SUCCESS), amount_minor=amount, currency=currency)
        paid = harness.gateway.pay(order)
        assert (paid.amount_minor, paid.currency, paid.fee_currency) == (amount, currency, currency)
        assert harness.received_minor() == [amount]

    @pytest.mark.parametrize(("amount", "currency"), [(0, "EUR"), (-5, "EUR"), (100, "XXX"), (10**13, "EUR")])
    def test_a_refused_order_was_not_performed(self, harness: Harness, amount: int, currency: str) -> None:
        order = harness.order(token=harness.token(Card.SUCCESS), amount_minor=amount, currency=currency)
        refused = harness.gateway.pay(order)
        assert (refused.outcome, bool(refused.message)) == (Outcome.NOT_PERFORMED, True)
        assert harness.gateway.ask(order.reference).outcome is Outcome.NOT_PERFORMED

    def test_an_unknown_token_was_not_performed(self, harness: Harness) -> None:
        assert harness.gateway.pay(harness.order(token="tok_none")).outcome is Outcome.NOT_PERFORMED

    def test_what_the_service_knows_nothing_of_was_not_performed(self, harness: Harness) -> None:
        never = f"att_{uuid.uuid4().hex}"
        for ask in (harness.gateway.ask, harness.gateway.cancel, harness.gateway.ask_refund):
            answer = ask(never)
            assert (answer.outcome, answer.gateway_reference) == (Outcome.NOT_PERFORMED, "")

    def test_a_checkout_that_waits_is_given_up(self, harness: Harness) -> None:
        order = harness.order()
        harness.gateway.pay(order)
        given_up = harness.gateway.cancel(order.reference)
        assert given_up.outcome is Outcome.NOT_PERFORMED
        assert given_up.gateway_reference, "the service knows it, and says that it is over"
        assert harness.gateway.cancel(order.reference).outcome is Outcome.NOT_PERFORMED
        assert harness.gateway.ask(order.reference).outcome is Outcome.NOT_PERFORMED

    def test_a_checkout_cannot_be_given_up_when_the_customer_was_faster(self, harness: Harness) -> None:
        order = harness.order()
        harness.customer_pays(harness.gateway.pay(order), Card.SUCCESS)
        assert harness.gateway.cancel(order.reference).outcome is Outcome.SUCCEEDED
        assert harness.received_minor() == [11900]
