"""What stands on a document, as plain values: amounts in minor units, dates as dates. `wording` turns them to words."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

_COLOUR = re.compile("#[0-9a-fA-F]{6}")


class Mark(StrEnum):
    """What is stamped across the pages of a document that claims nothing."""

    NONE = ""
    DRAFT = "draft"
    VOID = "void"


class Claim(StrEnum):
    """What an invoice asks for: money; money in advance, which nobody owes; or nothing, as it was paid before.

    The last two are the tax invoices of a top-up that was taxed when it was paid, and of what was bought from a wallet.
    """

    MONEY = "money"
    PREPAYMENT = "prepayment"
    TAXED_TOPUP = "taxed_topup"
    TAXED_PURCHASES = "taxed_purchases"


# What these are about was paid before.
ASKS_NOTHING: Final = frozenset({Claim.TAXED_TOPUP, Claim.TAXED_PURCHASES})


@dataclass(frozen=True, kw_only=True)
class PartyFacts:
    """A party as it is addressed: `lines` are its postal address without the country, which is an ISO 3166 code."""

    name: str
    lines: tuple[str, ...]
    country: str
    tax_id: str
    email: str = ""
    # The account number of a customer.
    number: str = ""
    street: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    region: str = ""


@dataclass(frozen=True, kw_only=True)
class Logo:
    """The picture of the business, as an SVG, and how wide it is for its height."""

    svg: str
    width_for_height: Decimal


@dataclass(frozen=True, kw_only=True)
class BankFacts:
    """Where a transfer goes. `iban` may be spaced; `details` is what else a transfer needs, one line each."""

    holder: str
    iban: str
    bic: str
    bank: str
    details: str = ""


@dataclass(frozen=True, kw_only=True)
class TaxFacts:
    """The rate of a line: `percent` is 20 for 20 %, `category` one of the catalogue's."""

    rate_id: UUID
    name: str
    percent: Decimal
    category: str


@dataclass(frozen=True, kw_only=True)
class PartOfPeriod:
    """How the amount of a part of a period came to be: so many of so many days of a price, so many times."""

    days: int
    of_days: int
    price_minor: int
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class CreditedLineFacts:
    """The part of an invoice's line that a credit note takes off, with the sign of the line.

    The period is half open; on a group's invoice the line names the member whom it is for.
    """

    description: str
    tax: TaxFacts
    net_minor: int
    tax_minor: int
    period_start: date | None = None
    period_end: date | None = None
    member_id: UUID | None = None
    member_name: str = ""


@dataclass(frozen=True, kw_only=True)
class LineFacts(CreditedLineFacts):
    """A line of an invoice."""

    quantity: Decimal
    unit_price_minor: int
    part: PartOfPeriod | None = None


@dataclass(frozen=True, kw_only=True)
class PaperFacts:
    """Who writes to whom. `locale` is the customer's, such as "de-AT"; "" is the installation's language."""

    seller: PartyFacts
    buyer: PartyFacts
    logo: Logo | None
    colour: str
    locale: str

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"{self.colour!r} is not a colour such as #0b5c4a.")


@dataclass(frozen=True, kw_only=True)
class DocumentFacts(PaperFacts):
    """What every invoice and credit note says."""

    number: str
    currency: str
    prices_include_tax: bool
    net_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, kw_only=True)
class InvoiceFacts(DocumentFacts):
    """An invoice as it was issued; a draft has no number and no dates. `portal_url` is where it can be paid.

    A top-up request is drawn as one, and says that it is none: a pro forma without a due date. So are tax documents,
    which ask for nothing.
    """

    claim: Claim = Claim.MONEY
    # How many months what is paid of a request can be used; None is for ever.
    expires_months: int | None = None
    mark: Mark
    invoice_date: date | None
    due_date: date | None
    title: str
    lines: tuple[LineFacts, ...]
    bank: BankFacts | None
    portal_url: str


@dataclass(frozen=True, kw_only=True)
class CreditNoteFacts(DocumentFacts):
    """A credit note: which invoice it reduces, by what, and why."""

    credit_note_date: date
    invoice_number: str
    invoice_date: date
    reason: str
    lines: tuple[CreditedLineFacts, ...]


@dataclass(frozen=True, kw_only=True)
class CameFacts:
    """What came, or goes back, in another currency, and the rate: units of the receipt's currency for one of it."""

    minor: int
    currency: str
    rate: Decimal
    source: str


@dataclass(frozen=True, kw_only=True)
class ReceiptFacts(PaperFacts):
    """The receipt of money that came, or with `of_receipt`, the number of that one's receipt, of money paid back.

    `settled` are invoices by their numbers, with the part of the money that each took; `credit_minor` is what no
    invoice took.
    """

    number: str
    currency: str
    total_minor: int
    received_date: date
    method: str
    reference: str
    description: str
    settled: tuple[tuple[str, int], ...]
    credit_minor: int
    of_receipt: str
    is_void: bool
    came: CameFacts | None = None


@dataclass(frozen=True, kw_only=True)
class OpenFeeFacts:
    """What is open of a late fee of before, on which invoice, and when that is due."""

    number: str
    due_date: date
    open_minor: int


@dataclass(frozen=True, kw_only=True)
class ReminderFacts(PaperFacts):
    """A reminder of an open invoice, on paper. `own_words` are the business's lines in the place of ours.

    `fee_minor` is the late fee that it adds, on an invoice of its own of which credit left `fee_open_minor` to pay,
    beside the `open_fees` of before, and `next_fee_minor` is added from a day on. The last dates are what follows if
    nothing is paid; None for what does not follow.
    """

    number: str
    currency: str
    invoice_date: date
    due_date: date
    # What the invoice says, where another day was agreed since.
    stated_due_date: date | None
    letter_date: date
    open_minor: int
    is_late: bool
    is_last: bool
    own_words: tuple[str, ...]
    pay_by_date: date | None
    fee_minor: int
    fee_open_minor: int
    fee_number: str
    open_fees: tuple[OpenFeeFacts, ...]
    next_reminder_date: date | None
    next_fee_minor: int
    next_fee_date: date | None
    suspension_date: date | None
    bank: BankFacts | None
    portal_url: str

    @property
    def total_minor(self) -> int:
        """This property is what is to be paid: the invoice, and the fees."""
        return self.open_minor + self.fee_open_minor + sum(each.open_minor for each in self.open_fees)

    @property
    def reference(self) -> str:
        """This property is what a transfer is recognised by."""
        added = [self.fee_number] if self.fee_open_minor else []
        return " ".join([self.number, *(each.number for each in self.open_fees), *added])


@dataclass(frozen=True, kw_only=True)
class MovementFacts:
    """A line of a statement: what moved, by how much, and what the customer owes and has afterwards."""

    day: date
    words: str
    minor: int
    owes_minor: int
    credit_minor: int
    wallet_minor: int


@dataclass(frozen=True, kw_only=True)
class AgeFacts:
    """What is open of invoices of one age: `from_days` to `to_days` after the due date; 0 is not due, None no end."""

    from_days: int
    to_days: int | None
    minor: int


@dataclass(frozen=True, kw_only=True)
class CurrencyFacts:
    """One currency of a statement. `opening` is the balance before its first day, None from the beginning on.

    `left_out` counts movements before those that are listed. Without a wallet nothing is said of one.
    """

    currency: str
    opening: MovementFacts | None
    left_out: int
    movements: tuple[MovementFacts, ...]
    owes_minor: int
    credit_minor: int
    wallet_minor: int
    has_wallet: bool
    ages: tuple[AgeFacts, ...]


@dataclass(frozen=True, kw_only=True)
class StatementFacts(PaperFacts):
    """A statement of account over some days; `from_date` None is from the beginning.

    `known_date` is the day up to which records are counted, where not all are.
    """

    from_date: date | None
    until_date: date
    known_date: date | None
    currencies: tuple[CurrencyFacts, ...]


@dataclass(frozen=True, kw_only=True)
class VoucherFacts:
    """A voucher: its number within the batch, and its code in groups."""

    number: int
    code: str


@dataclass(frozen=True, kw_only=True)
class VouchersFacts(PaperFacts):
    """The vouchers of a batch, to be cut. `buyer` is nobody: whoever holds one redeems it.

    `gives` is free, additional or multiplier; of a multiplier `amount_minor` is the most that it adds.
    """

    name: str
    number: str
    currency: str
    gives: str
    amount_minor: int
    multiplier: Decimal | None
    minimum_topup_minor: int
    valid_from: date | None
    valid_until: date | None
    made_date: date
    redeem_url: str
    vouchers: tuple[VoucherFacts, ...]
