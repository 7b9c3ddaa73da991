"""The port: what every payment service can be asked, and the closed set of its answers.

An adapter takes plain data and returns plain data; it renders no page, reads no table and knows no invoice. Our own
`reference` travels with every order, so that anything unknown can be asked for by it later.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, Protocol

from tallystick.foundation.errors import Conflict, Invalid


class Outcome(StrEnum):
    """What became of an order. A timeout is `UNKNOWN`, never a failure."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    ACTION_REQUIRED = "action_required"
    DECLINED = "declined"
    NOT_PERFORMED = "not_performed"
    UNKNOWN = "unknown"


# Codes of declines that are acted upon: an adapter translates its service's words into them. Other codes only tell.
# The cardholder has to confirm, so nobody can charge while they are away; the cardholder did not confirm.
AUTHENTICATION_REQUIRED: Final = "authentication_required"
AUTHENTICATION_FAILED: Final = "authentication_failed"
# The cardholder's bank, or the service, refuses the method for good: a later charge cannot succeed, or would harm.
METHOD_REFUSED: Final = frozenset(
    {
        "stolen_card",
        "lost_card",
        "pickup_card",
        "fraudulent",
        "expired_card",
        "invalid_account",
        "method_unusable",
        "revocation_of_authorization",
    }
)

# Outcomes after which nothing more will come of the attempt.
FINAL = frozenset({Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.NOT_PERFORMED})


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """All that may be known of a card (`docs/model.md`, 33)."""

    brand: str
    last_four: str
    expiry_month: int
    expiry_year: int


@dataclass(frozen=True, kw_only=True)
class PaymentOrder:
    """An order to take money. Without a token the customer is sent to the service's own page."""

    reference: str
    amount_minor: int
    currency: str
    description: str
    return_url: str
    token: str | None = None
    off_session: bool = False
    save_method: bool = False
    customer_reference: str = ""


@dataclass(frozen=True, kw_only=True)
class SetupOrder:
    """An order to store a method without paying: the customer is sent to the service's own page."""

    reference: str
    description: str
    return_url: str
    customer_reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the service says of an order. Amounts are in minor units; they are checked against our own record.

    An order to store a method has no amount; one that succeeded always has the token and what may be known of the card.
    """

    outcome: Outcome
    gateway_reference: str = ""
    amount_minor: int | None = None
    currency: str | None = None
    action_url: str = ""
    decline_code: str = ""
    message: str = ""
    fee_minor: int | None = None
    fee_currency: str | None = None
    fee_reference: str = ""
    token: str = ""
    card: CardFacts | None = None


@dataclass(frozen=True, kw_only=True)
class RefundOrder:
    """An order to pay money back out of a payment that succeeded."""

    reference: str
    gateway_reference: str
    amount_minor: int
    currency: str
    reason: str


class DisputeState(StrEnum):
    """How a dispute stands at the service."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class DisputeFacts:
    """What the service says of a dispute. Amounts are in minor units; they are checked against the payment."""

    # The service's own id of it.
    external_id: str
    state: DisputeState
    amount_minor: int
    currency: str
    # False during an inquiry, and for ever when it ended as one: no money has moved.
    took_funds: bool
    reason_code: str = ""
    # In UTC; None when the service waits for no evidence.
    evidence_due_at: datetime | None = None
    # What the service charged for it, and whether it gave that back.
    fee_minor: int = 0
    fee_currency: str = ""
    fee_returned: bool = False


class About(StrEnum):
    """What a message is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    METHOD = "method"
    OTHER = "other"


# The longest text that may stand in `Hint.fact`.
LONGEST_FACT: Final = 100


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What a service says, proven to be its word. What it says of money is asked again before it is believed (P9)."""

    kind: str
    about: About
    # Our own reference; of a dispute, which is the service's own doing, the service's reference of its payment.
    reference: str
    # What it tells: the service's id of a thing and the state that it is in. Whatever tells the same has the same fact,
    # so that news is known from repeats. Empty when a message does not say it.
    fact: str
    is_live: bool
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Message(Hint):
    """A verified message, under the service's own id of it."""

    external_id: str


@dataclass(frozen=True, kw_only=True)
class Change(Hint):
    """Something that changed at the service, found by asking: the net under lost messages.

    Its body is the thing as it was listed; its fact is never empty.
    """

    # By the service's clock, in UTC.
    changed_at: datetime
    # It still waits for the customer: nothing has happened to it that a message would tell.
    waits: bool


@dataclass(kw_only=True, eq=False)
class MessageRefused(Invalid):
    """The message is not proven to come from the service, or cannot be read. Nothing of it is stored."""

    code: ClassVar[str] = "message_refused"
    sentence: ClassVar[str] = "The message was refused: {reason}."

    reason: str


@dataclass(kw_only=True, eq=False)
class GatewayUnavailable(Conflict):
    """The service was asked for a list, a balance or disputes and did not answer. Nothing was changed by asking."""

    code: ClassVar[str] = "gateway_unavailable"
    sentence: ClassVar[str] = "The payment service did not answer: {reason}"

    reason: str


class Gateway(Protocol):
    """What an adapter offers. Every call but `read_messages` talks to the service and may take its time.

    What orders, asks or gives up never raises for anything that the service or the network does: every failure is an
    outcome. A repeated call with the same reference never takes money twice.
    """

    # Whether this account can store a method without a payment. Where it cannot, no set-up is ordered.
    stores_methods: bool

    def pay(self, order: PaymentOrder) -> Answer:
        """This function will order a payment."""

    def ask(self, reference: str) -> Answer:
        """This function will ask what became of the payment with our reference.

        `NOT_PERFORMED` means that the service surely knows nothing of it.
        """

    def cancel(self, reference: str) -> Answer:
        """This function will give up a payment that waits for the customer, and say what became of it."""

    def set_up(self, order: SetupOrder) -> Answer:
        """This function will order a page on which the customer stores a method without paying."""

    def ask_setup(self, reference: str) -> Answer:
        """This function will ask what became of the set-up with our reference."""

    def cancel_setup(self, reference: str) -> Answer:
        """This function will give up a set-up that waits for the customer, and say what became of it."""

    def refund(self, order: RefundOrder) -> Answer:
        """This function will order a refund."""

    def ask_refund(self, reference: str) -> Answer:
        """This function will ask what became of the refund with our reference."""

    def disputes(self, gateway_reference: str) -> Sequence[DisputeFacts]:
        """This function will return all disputes about the payment that the service calls by a reference, as of now.

        Raises:
            GatewayUnavailable: when the service does not answer, or says what cannot be read.
        """

    def read_messages(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Message]:
        """This function will verify raw bytes and return the messages in them, without asking anybody.

        Raises:
            MessageRefused: when the signature, its age or the form is wrong, or no secret is configured.
        """

    def changes(self, *, since: datetime) -> Iterator[Change]:
        """This function will yield what changed at the service since a moment or at it, oldest first.

        It asks for a page when the one before is used up. So a walk that was cut off goes on from the moment of the
        last change that it saw, and misses nothing.

        Raises:
            GatewayUnavailable: when the service does not answer, at once or further on.
        """

    def page_origins(self) -> tuple[str, ...]:
        """This function will return the origins of the pages to which customers are sent; forms may lead there."""

    def balance(self) -> Mapping[str, int]:
        """This function will return what the service says it holds for us: minor units by currency.

        Raises:
            GatewayUnavailable: when the service does not answer.
        """
