"""What an adapter's harness offers to the contract: a service that can be made to do something, and its own book."""

import uuid
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

import pytest

from tallystick.gateways.port import Answer, Gateway, Message, PaymentOrder, RefundOrder, SetupOrder
from tests.gateways.receiver import Post


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
    # The codes of them with which it refuses to store an instrument.
    storing_declines: ClassVar[tuple[str, ...]]

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

    def setup_order(self) -> SetupOrder:
        """This function will return a fresh order to store an instrument without paying."""
        return SetupOrder(
            reference=f"pms_{uuid.uuid4().hex}",
            description="Ivory & Sons",
            return_url="http://127.0.0.1:9/return",
            customer_reference="cus_1",
        )

    @abstractmethod
    def token(self, card: Card | str) -> str:
        """This function will have a customer store an instrument, named by what it does or how it declines."""

    @abstractmethod
    def customer_pays(self, answer: Answer, card: Card | str, *, approves: bool = True) -> None:
        """This function will have a customer pay where the answer sent them."""

    @abstractmethod
    def customer_gives_up(self, answer: Answer) -> None:
        """This function will have a customer give up on the page where the answer sent them."""

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
    def payer_disputes(self, paid: Answer, *, inquiry: bool = False) -> Post:
        """This function will have the payer dispute all of a payment, and return what the service posts about it."""

    @abstractmethod
    def dispute_ends(self, paid: Answer, *, won: bool, returns_fee: bool = False) -> Post:
        """This function will have the dispute about a payment decided, and return what the service posts about it."""

    @abstractmethod
    def storing_post(self, answer: Answer) -> Post:
        """This function will have a customer store an instrument where the answer sent them, and return what the
        service posts about it.
        """

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


def needs(harness: Harness, card: Card) -> None:
    """This function will skip a test of what the service has not."""
    if card not in harness.cards:
        pytest.skip(f"This service has no {card}.")


def needs_storing(harness: Harness) -> None:
    """This function will skip a test of a service that stores nothing without a payment."""
    if not harness.gateway.stores_methods:
        pytest.skip("This service stores nothing without a payment.")
