"""Test cards: their numbers, what each does, and the checks of what a customer types.

A full number lives only while a form is read. What is kept is brand, last four digits, expiry and the behaviour.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from tallystick_sandbox import clock

SETTLE_SECONDS = 3  # from processing to its end
DISPUTE_SECONDS = 10  # from a payment to the dispute about it
REFUND_SECONDS = 3  # from a refund to its late end
LATE_WEBHOOK_SECONDS = 600


class Challenge(StrEnum):
    """When the bank asks its customer."""

    NEVER = "never"
    ON_SESSION = "on_session"
    OFF_SESSION = "off_session"


class Connection(StrEnum):
    """What happens to the answer of a charge."""

    KEPT = "kept"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"


class Webhooks(StrEnum):
    """How the news of a payment travels."""

    PROMPT = "prompt"
    LATE = "late"
    TWICE = "twice"
    OUT_OF_ORDER = "out_of_order"


class Refunds(StrEnum):
    """How refunds of a payment go."""

    AT_ONCE = "at_once"
    PENDING = "pending"
    FAIL_LATER = "fail_later"


@dataclass(frozen=True)
class Behaviour:
    """What a card does when it is charged."""

    failure: str | None = None
    processing: bool = False
    challenge: Challenge = Challenge.NEVER
    connection: Connection = Connection.KEPT
    webhooks: Webhooks = Webhooks.PROMPT
    refunds: Refunds = Refunds.AT_ONCE
    disputed: bool = False


@dataclass(frozen=True)
class TestCard:
    """A published card number with the behaviour that it stands for."""

    number: str
    behaviour: str
    effect: str

    @property
    def spaced(self) -> str:
        """This function will return the number in groups, as it is printed on a card."""
        groups = (4, 6, 5) if len(self.number) == 15 else (4, 4, 4, 4)
        ends = [sum(groups[: index + 1]) for index in range(len(groups))]
        return " ".join(self.number[end - size : end] for size, end in zip(groups, ends, strict=True))


FAILURES = {
    "card_declined": "The bank declined the card.",
    "insufficient_funds": "The card has insufficient funds.",
    "expired_card": "The card has expired.",
    "stolen_card": "The card was reported stolen.",
    "authentication_failed": "The cardholder did not confirm the payment with the bank.",
    "token_revoked": "The stored card was removed and can no longer be charged.",
    "processing_failed": "The bank did not complete the payment.",
}

# What a bank says no to even while nothing is charged. A card without funds can be stored.
REFUSED_UNCHARGED = frozenset({"card_declined", "expired_card", "stolen_card"})

BEHAVIOURS = {
    "success": Behaviour(),
    "card_declined": Behaviour(failure="card_declined"),
    "insufficient_funds": Behaviour(failure="insufficient_funds"),
    "expired_card": Behaviour(failure="expired_card"),
    "stolen_card": Behaviour(failure="stolen_card"),
    "challenge": Behaviour(challenge=Challenge.ON_SESSION),
    "challenge_off_session": Behaviour(challenge=Challenge.OFF_SESSION),
    "processing_success": Behaviour(processing=True),
    "processing_failure": Behaviour(processing=True, failure="processing_failed"),
    "dispute_later": Behaviour(disputed=True),
    "timeout_charged": Behaviour(connection=Connection.CUT_AFTER, webhooks=Webhooks.LATE),
    "timeout_not_charged": Behaviour(connection=Connection.CUT_BEFORE),
    "webhook_late": Behaviour(webhooks=Webhooks.LATE),
    "webhook_twice": Behaviour(webhooks=Webhooks.TWICE),
    "webhooks_out_of_order": Behaviour(processing=True, webhooks=Webhooks.OUT_OF_ORDER),
    "refund_pending": Behaviour(refunds=Refunds.PENDING),
    "refund_fails_later": Behaviour(refunds=Refunds.FAIL_LATER),
}

TEST_CARDS = (
    TestCard("4242424242424242", "success", "Succeeds (Visa)"),
    TestCard("5555555555554444", "success", "Succeeds (Mastercard)"),
    TestCard("378282246310005", "success", "Succeeds (American Express)"),
    TestCard("4000000000000002", "card_declined", "Is declined"),
    TestCard("4000000000009995", "insufficient_funds", "Is declined: insufficient funds"),
    TestCard("4000000000000069", "expired_card", "Is declined: expired card"),
    TestCard("4000000000009979", "stolen_card", "Is declined: stolen card"),
    TestCard("4000002760003184", "challenge", "The bank asks the customer; once stored, it is charged without asking"),
    TestCard(
        "4000002500003155", "challenge_off_session", "Succeeds; once stored, the bank asks at charges off-session"
    ),
    TestCard("4000000000100109", "processing_success", "Is processing for 3 seconds, then succeeds"),
    TestCard("4000000000100208", "processing_failure", "Is processing for 3 seconds, then fails"),
    TestCard("4000000000000259", "dispute_later", "Succeeds; the customer disputes it 10 seconds later"),
    TestCard(
        "4000000000100307", "timeout_charged", "The connection is lost, the charge was done; webhook after 10 minutes"
    ),
    TestCard("4000000000100406", "timeout_not_charged", "The connection is lost, nothing was charged"),
    TestCard("4000000000100505", "webhook_late", "Succeeds; the webhook comes 10 minutes late"),
    TestCard("4000000000100604", "webhook_twice", "Succeeds; each webhook comes twice"),
    TestCard("4000000000100703", "webhooks_out_of_order", "Processing, then succeeds; webhooks in the wrong order"),
    TestCard("4000000000007726", "refund_pending", "Succeeds; refunds are pending for 3 seconds"),
    TestCard("4000000000005126", "refund_fails_later", "Succeeds; refunds succeed and fail 3 seconds later"),
)
BY_NUMBER = {card.number: card for card in TEST_CARDS}
COMMON_CARDS = tuple(
    BY_NUMBER[number]
    for number in (
        "4242424242424242",
        "5555555555554444",
        "4000002760003184",
        "4000000000009995",
        "4000000000000002",
        "4000000000100109",
    )
)


@dataclass(frozen=True)
class Card:
    """What is kept of a card."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    behaviour: str

    def expired_at(self, moment: int) -> bool:
        """This function will tell whether the last month of the card is over at a moment."""
        day = clock.day_of(moment)
        return (self.exp_year, self.exp_month) < (day.year, day.month)


def brand_of(number: str) -> str:
    """This function will return the brand by the first digits of a number."""
    if number.startswith(("34", "37")):
        return "amex"
    if "51" <= number[:2] <= "55" or "2221" <= number[:4] <= "2720":
        return "mastercard"
    return "visa" if number.startswith("4") else "unknown"


def luhn_valid(number: str) -> bool:
    """This function will tell whether the check digit of a number is right (ISO/IEC 7812-1, Annex B)."""
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def read_card(*, number: str, expiry: str, cvc: str, name: str, at: int) -> tuple[Card | None, dict[str, str]]:
    """This function will read what a customer typed: the card, or for each wrong field a sentence that helps."""
    faults: dict[str, str] = {}
    digits = re.sub(r"[ \u00a0-]", "", number)
    known = _read_number(digits, faults)
    month, year = _read_expiry(expiry.strip(), at, faults)
    length = 4 if brand_of(digits) == "amex" else 3
    if not re.fullmatch(rf"[0-9]{{{length}}}", cvc.strip()):
        where = "front" if length == 4 else "back"
        faults["cvc"] = f"Enter the {length} digits of the security code, on the {where} of the card."
    if not name.strip():
        faults["name"] = "Enter the name as it stands on the card."
    if faults or known is None:
        return None, faults
    return Card(brand_of(digits), digits[-4:], month, year, known.behaviour), {}


def _read_number(digits: str, faults: dict[str, str]) -> TestCard | None:
    if not digits:
        faults["number"] = "Enter the card number."
    elif not re.fullmatch(r"[0-9]+", digits):
        faults["number"] = "Enter digits only; spaces are fine."
    elif not 13 <= len(digits) <= 19:
        faults["number"] = f"A card number has 13 to 19 digits, this one has {len(digits)}."
    elif not luhn_valid(digits):
        faults["number"] = "One digit of this card number seems to be wrong. Please check it."
    elif digits not in BY_NUMBER:
        faults["number"] = "This sandbox takes test cards only. Never type a real card number here."
    return BY_NUMBER.get(digits)


def _read_expiry(text: str, at: int, faults: dict[str, str]) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,2}) ?[/.-]? ?(?:20)?([0-9]{2})", text)
    if not match or not 1 <= int(match[1]) <= 12:
        faults["expiry"] = "Enter month and year as on the card, for example 04/30."
        return 0, 0
    month, year = int(match[1]), 2000 + int(match[2])
    today = clock.day_of(at)
    if (year, month) < (today.year, today.month):
        faults["expiry"] = f"This card expired in {month:02d}/{year}."
    elif year > today.year + 30:
        faults["expiry"] = "This expiry date is too far ahead. Please check the year."
    return month, year
