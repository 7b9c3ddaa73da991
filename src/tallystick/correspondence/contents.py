"""What each mail says, as plain values: amounts with their currency, dates as dates. `rendering` turns them to words.

There is no field for a private text anywhere here, so none can ever leave by mail (`docs/model.md`, 11).
"""

import re
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import ClassVar

from tallystick.money.amounts import Money

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_WEB_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")


class Kind(StrEnum):
    """Every kind of mail. Each has three templates in `templates/correspondence/`: subject, text and HTML."""

    RECEIPT = "receipt"
    COMING_INVOICE = "coming_invoice"
    INVOICE_ISSUED = "invoice_issued"
    CREDIT_NOTE_ISSUED = "credit_note_issued"
    TOPUP_REQUESTED = "topup_requested"
    TAX_INVOICE_ISSUED = "tax_invoice_issued"
    PURCHASES_TAXED = "purchases_taxed"
    PAYMENT_FAILED = "payment_failed"
    REMINDER = "reminder"
    PROMISE_NOTED = "promise_noted"
    DUE_DATE_AGREED = "due_date_agreed"
    ACTION_NEEDED = "action_needed"
    AUTOPAY_AGREED = "autopay_agreed"
    AUTOPAY_CHANGED = "autopay_changed"
    METHOD_ADDED = "method_added"
    METHOD_REMOVED = "method_removed"
    TRANSFER_INSTRUCTIONS = "transfer_instructions"
    REFUND_SENT = "refund_sent"
    STATEMENT = "statement"
    SIGN_IN_LINK = "sign_in_link"
    PASSWORD_LINK = "password_link"  # noqa: S105 - the name of a kind of mail
    SECOND_FACTOR_RESET = "second_factor_reset"
    ADDRESS_LINK = "address_link"
    ADDRESS_CHANGING = "address_changing"
    WELCOME = "welcome"
    APPROVAL_WAITS = "approval_waits"
    CARD_TRIES_STOPPED = "card_tries_stopped"


# Whoever reads one of these can sign in as its recipient.
KINDS_WITH_A_KEY = frozenset({Kind.SIGN_IN_LINK, Kind.PASSWORD_LINK, Kind.ADDRESS_LINK})


class Decline(StrEnum):
    """Why a payment did not go through, as far as it is the customer's business."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    EXPIRED_CARD = "expired_card"
    AUTHENTICATION_REQUIRED = "authentication_required"
    LIMIT_EXCEEDED = "limit_exceeded"
    METHOD_UNUSABLE = "method_unusable"
    OTHER = "other"

    @classmethod
    def of(cls, code: str) -> "Decline":
        """This function will return the reason behind a code; what has no words of its own is `OTHER`."""
        return next((each for each in cls if each.value == code), cls.OTHER)


class Need(StrEnum):
    """What only the payer can do so that an expected payment is paid (`docs/model.md`, 27)."""

    AUTHENTICATION_REQUIRED = "authentication_required"
    ABOVE_CAP = "above_cap"
    NO_METHOD = "no_method"


class AutopayChange(StrEnum):
    """What became of automatic payment: it ended, also because no method is left, or goes on with another one."""

    ENDED = "ended"
    NO_METHOD_LEFT = "no_method_left"
    OTHER_METHOD = "other_method"


@dataclass(frozen=True, kw_only=True)
class Business:
    """Who writes: its name, its colour (`#rrggbb`), and the address for questions ("" for none)."""

    name: str
    colour: str
    email: str

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"{self.colour!r} is not a colour such as #0b5c4a.")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What every mail knows. `locale` is the customer's, such as "de-AT"; "" is the installation's language.

    Fields that end in `_url` are web addresses; None where there may be none.
    """

    kind: ClassVar[Kind]

    business: Business
    locale: str

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name.endswith("_url") and value is not None and not _WEB_ADDRESS.fullmatch(value):
                raise ValueError(f"{each.name} is not a web address: {value!r}.")


@dataclass(frozen=True, kw_only=True)
class PaidInvoice:
    """An invoice that a payment was set against: how much of it, and what is left open."""

    number: str
    amount: Money
    left_open: Money


@dataclass(frozen=True, kw_only=True)
class Receipt(Letter):
    """A payment was received (`docs/model.md`, 13). `credit` is the part that no invoice needed.

    `was_automatic` says that it was charged without the customer asking for it there and then.
    """

    kind: ClassVar[Kind] = Kind.RECEIPT

    receipt_number: str
    customer_name: str
    amount: Money
    received_date: date
    method: str
    was_automatic: bool
    paid: tuple[PaidInvoice, ...]
    credit: Money
    still_open: Money
    portal_url: str
    # What came, when it was in another currency, and at which rate, such as "1 USD = 0.92 EUR".
    came: Money | None = None
    came_rate: str = ""


@dataclass(frozen=True, kw_only=True)
class BankLine:
    """One line of bank details, such as "IBAN" and its value."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class ComingLine:
    """A line of a coming invoice: its days from the first to the last one, and its amount before tax.

    `member_name` is whom it is for, on the invoice of a group.
    """

    what: str
    member_name: str
    first_date: date
    last_date: date
    amount: Money


@dataclass(frozen=True, kw_only=True)
class ComingInvoice(Letter):
    """A notice of what will be billed on a day, on `count` invoices, as computed today (`docs/model.md`, 29).

    The total is paid from `credit`, then `charged` by automatic payment to `method` on `charge_date`, and `by_hand`;
    `need` says why that is, where only the payer can mend it. `groups` names the billing groups, `more_lines` counts
    the lines that are left out.
    """

    kind: ClassVar[Kind] = Kind.COMING_INVOICE

    customer_name: str
    count: int
    groups: tuple[str, ...]
    invoice_date: date
    due_date: date
    lines: tuple[ComingLine, ...]
    more_lines: int
    net: Money
    tax: Money
    total: Money
    credit: Money
    charged: Money
    by_hand: Money
    method: str
    charge_date: date | None
    need: Need | None
    takes_transfers: bool
    portal_url: str
    autopay_url: str


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(Letter):
    """An invoice went out. `bank` and `reference` say how to transfer; none when only the portal takes money.

    `pay_url` opens it for paying without signing in; None when there is nothing to pay, or no payment service.
    """

    kind: ClassVar[Kind] = Kind.INVOICE_ISSUED

    number: str
    customer_name: str
    invoice_date: date
    due_date: date
    total: Money
    left_open: Money
    bank: tuple[BankLine, ...]
    reference: str
    invoice_url: str
    pay_url: str | None


@dataclass(frozen=True, kw_only=True)
class CreditNoteIssued(Letter):
    """A credit note went out. `credit` is the part of it that its invoice did not need."""

    kind: ClassVar[Kind] = Kind.CREDIT_NOTE_ISSUED

    number: str
    customer_name: str
    issued_date: date
    invoice_number: str
    reason: str
    total: Money
    left_open: Money
    credit: Money
    invoice_url: str


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Letter):
    """A payment did not go through: why, and the one thing to do. `invoice_numbers` is what it was meant for.

    One that was automatic is tried again on `next_try_date`, or not at all when there is none.
    """

    kind: ClassVar[Kind] = Kind.PAYMENT_FAILED

    customer_name: str
    amount: Money
    tried_date: date
    method: str
    decline: Decline
    was_automatic: bool
    next_try_date: date | None
    invoice_numbers: tuple[str, ...]
    payment_url: str


@dataclass(frozen=True, kw_only=True)
class ActionNeeded(Letter):
    """An expected payment waits for what only the payer can do. `cap` is the one that stands in the way, if any."""

    kind: ClassVar[Kind] = Kind.ACTION_NEEDED

    customer_name: str
    amount: Money
    due_date: date | None
    invoice_numbers: tuple[str, ...]
    need: Need
    cap: Money | None
    payment_url: str


@dataclass(frozen=True, kw_only=True)
class AutopayAgreed(Letter):
    """What was agreed of automatic payment, for the payer to keep: the words and who accepted them.

    Without a charge day it is the due date, without a cap any amount.
    """

    kind: ClassVar[Kind] = Kind.AUTOPAY_AGREED

    customer_name: str
    method: str
    charge_day: int | None
    cap: Money | None
    agreed_date: date
    agreed_by: str
    terms: str
    autopay_url: str


@dataclass(frozen=True, kw_only=True)
class AutopayChanged(Letter):
    """Automatic payment ended, or goes on with another method, which `method` names."""

    kind: ClassVar[Kind] = Kind.AUTOPAY_CHANGED

    customer_name: str
    change: AutopayChange
    method: str
    changed_date: date
    autopay_url: str


@dataclass(frozen=True, kw_only=True)
class TransferInstructions(Letter):
    """Where to send a bank transfer, and the reference by which it is recognised."""

    kind: ClassVar[Kind] = Kind.TRANSFER_INSTRUCTIONS

    customer_name: str
    amount: Money
    due_date: date | None
    bank: tuple[BankLine, ...]
    reference: str
    invoice_numbers: tuple[str, ...]
    portal_url: str


@dataclass(frozen=True, kw_only=True)
class RefundSent(Letter):
    """Money went back to the payer. `receipt_number` is that of the payment it came from."""

    kind: ClassVar[Kind] = Kind.REFUND_SENT

    customer_name: str
    amount: Money
    refund_date: date
    method: str
    receipt_number: str
    portal_url: str
    # What goes back, when the money came in another currency, and at which rate, as on a receipt.
    came: Money | None = None
    came_rate: str = ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a customer owes and has in one currency (`docs/model.md`, 18); `wallet` is None where there never was one.

    `late` is the part of what is owed whose due date is over.
    """

    owes: Money
    late: Money
    credit: Money
    wallet: Money | None
    beyond_prepaid: Money | None


@dataclass(frozen=True, kw_only=True)
class Statement(Letter):
    """A statement of account, which is attached. `from_date` None is from the beginning."""

    kind: ClassVar[Kind] = Kind.STATEMENT

    customer_name: str
    from_date: date | None
    until_date: date
    standings: tuple[Standing, ...]
    portal_url: str


@dataclass(frozen=True, kw_only=True)
class Welcome(Letter):
    """A contact may use the portal from now on. The link leads to the sign-in page, it is no key."""

    kind: ClassVar[Kind] = Kind.WELCOME

    contact_name: str
    customer_name: str
    portal_url: str
