"""The contract that every adapter passes: a harness makes the service do something, the adapter must say what it was.

A service that cannot do something leaves it out of its harness, and those tests are skipped.
"""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

import pytest

from tallystick.gateways.port import (
    About,
    Answer,
    Change,
    Gateway,
    GatewayUnavailable,
    Message,
    MessageRefused,
    Outcome,
    PaymentOrder,
    RefundOrder,
)
from tests.gateways.receiver import Post

MORE_THAN_ALLOWED = timedelta(seconds=302)
STILL_ALLOWED = timedelta(seconds=280)


class Card(StrEnum):
    """What an instrument does when it is charged."""

    SUCCESS = "success"
    CHALLENGE = "challenge"
    CHALLENGE_OFF_SESSION = "challenge_off_session"
    PROCESSING_SUCCESS = "processing_success"
    PROCESSING_FAILURE = "processing_failure"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILS_LATER = "refund_fails_later"


class Fault(StrEnum):
    """What happens to the next order on its way."""

    LATE_DONE = "answered too late, done"
    LATE_NOT_DONE = "answered too late, not done"
    CUT_AFTER = "connection cut after the effect"
    CUT_BEFORE = "connection cut before the effect"
    ERROR_500 = "internal error"
    TOO_MANY_REQUESTS = "refused as too many"
    WRONG_AMOUNT = "another amount answered"


class Harness(ABC):
    """A service with an account of its own, what makes it act, and its own book as the oracle."""

    cards: ClassVar[frozenset[Card]]
    # Codes with which this service declines.
    declines: ClassVar[tuple[str, ...]]

    gateway: Gateway
    # The same account with less patience than the service's fault takes.
    impatient: Gateway
    # The same account at an address where nobody listens; and with no secret for messages.
    unreachable: Gateway
    secretless: Gateway
    # Another account of the same service.
    stranger: Gateway

    def order(self, *, token: str | None = None, amount_minor: int = 11900, currency: str = "EUR") -> PaymentOrder:
        """This function will return a fresh order."""
        return PaymentOrder(
            reference=f"att_{uuid.uuid4().hex}",
            amount_minor=amount_minor,
            currency=currency,
            description="INV-2026-00001",
            return_url="http://127.0.0.1:9/return",
            token=token,
            customer_reference="cus_1",
        )

    @abstractmethod
    def token(self, card: Card | str) -> str:
        """This function will have a customer store an instrument, named by what it does or how it declines."""

    @abstractmethod
    def customer_pays(self, answer: Answer, card: Card | str, *, approves: bool = True) -> None:
        """This function will have a customer pay where the answer sent them."""

    @abstractmethod
    def order_fault(self, fault: Fault, *, always: bool = False) -> None:
        """This function will have the next order, or all to come, meet a fault."""

    @abstractmethod
    def clear_faults(self) -> None: ...

    @abstractmethod
    def wait_for_late_effect(self, reference: str) -> None:
        """This function will return once an order that was answered too late has been done."""

    @abstractmethod
    def pass_time(self) -> None:
        """This function will let pass what the service needs to end what it is processing."""

    @abstractmethod
    def received_minor(self) -> list[int]:
        """This function will return the service's own book: each amount that it took for us."""

    @abstractmethod
    def refunded_minor(self) -> int:
        """This function will return what the service gave back for us."""

    @abstractmethod
    def genuine_post(self) -> Post:
        """This function will have the service post a message about a payment, and return it raw."""

    @abstractmethod
    def forged_posts(self, post: Post) -> dict[str, Post]:
        """This function will return what a forger can make of a genuine message, by how they did it."""

    @abstractmethod
    def signed(self, body: bytes) -> Post:
        """This function will return a body signed as the service does, now."""

    @abstractmethod
    def roll_secret(self) -> Gateway:
        """This function will roll the signing secret, and return our account that knows both."""


def the_message(gateway: Gateway, post: Post, *, after: timedelta = timedelta()) -> Message:
    """This function will read a raw message that must be accepted."""
    (message,) = gateway.read_messages(headers=post.headers, body=post.body, at=datetime.now(tz=UTC) + after)
    return message


def refund_order(paid: Answer, amount_minor: int, *, reference: str = "") -> RefundOrder:
    """This function will return an order to refund a payment that succeeded."""
    return RefundOrder(
        reference=reference or f"ref_{uuid.uuid4().hex}",
        gateway_reference=paid.gateway_reference,
        amount_minor=amount_minor,
        currency="EUR",
        reason="Paid twice",
    )


class GatewayContract:
    """Inherit, and give a fixture `harness`."""

    # Payments

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

    # Refusals

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

    # Faults on the way

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

    # Giving up

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

    # Refunds

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

    # Messages

    def test_a_genuine_message_is_read(self, harness: Harness) -> None:
        post = harness.genuine_post()
        message = the_message(harness.gateway, post)
        assert (message.about, message.is_live, message.body) == (About.PAYMENT, False, post.body)
        assert message.reference.startswith("att_")
        assert message.external_id
        again = the_message(harness.gateway, post, after=STILL_ALLOWED)
        assert again == message, "within the tolerance a replay is a repeat"
        lower = Post({name.lower(): value for name, value in post.headers.items()}, post.body)
        assert the_message(harness.gateway, lower) == message

    @pytest.mark.parametrize("after", [MORE_THAN_ALLOWED, -MORE_THAN_ALLOWED])
    def test_s16_a_message_out_of_its_time_is_refused(self, harness: Harness, after: timedelta) -> None:
        post = harness.genuine_post()
        with pytest.raises(MessageRefused):
            the_message(harness.gateway, post, after=after)

    def test_s17_s20_no_forgery_is_accepted(self, harness: Harness) -> None:
        genuine = harness.genuine_post()
        forged = harness.forged_posts(genuine)
        assert len(forged) > 5
        for how, post in forged.items():
            with pytest.raises(MessageRefused):
                pytest.fail(f"accepted: {how} {the_message(harness.gateway, post)}")

    def test_s17_a_message_to_another_account_is_refused(self, harness: Harness) -> None:
        with pytest.raises(MessageRefused):
            the_message(harness.stranger, harness.genuine_post())

    def test_s18_without_a_secret_every_message_is_refused(self, harness: Harness) -> None:
        with pytest.raises(MessageRefused):
            the_message(harness.secretless, harness.genuine_post())

    def test_s25_too_large_a_message_is_refused_though_it_is_signed(self, harness: Harness) -> None:
        with pytest.raises(MessageRefused):
            the_message(harness.gateway, harness.signed(b" " * 50_000_000))

    def test_s28_messages_signed_before_and_after_a_roll_of_the_secret_are_accepted(self, harness: Harness) -> None:
        before = harness.genuine_post()
        knows_both = harness.roll_secret()
        after = harness.genuine_post()
        # The service signs with both for a while, so that whichever we know is enough.
        assert the_message(harness.gateway, after).about is About.PAYMENT
        for post in (before, after):
            assert the_message(knows_both, post).about is About.PAYMENT

    # Asking for all

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


def needs(harness: Harness, card: Card) -> None:
    """This function will skip a test of what the service has not."""
    if card not in harness.cards:
        pytest.skip(f"This service has no {card}.")


def references(changes: Iterator[Change] | list[Change], about: About) -> list[str]:
    """This function will return the references of changes of one kind."""
    return [change.reference for change in changes if change.about is about]
