"""The public shapes: what an API answer and an outbound webhook say of a thing. Amounts are minor units."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict


def one_of(words: dict[str, str], *, example: str, about: str = "") -> Any:
    """This function will describe a text that is one of a closed list of words, and what each of them means."""
    meanings = "\n".join(f"- `{word}`: {meaning}" for word, meaning in words.items())
    extra: dict[str, Any] = {"enum": list(words)}
    return Field(description=f"{about}\n\n{meanings}".strip(), examples=[example], json_schema_extra=extra)


CUSTOMER_KINDS = {"business": "pays by its terms.", "individual": "pays on the invoice date."}
INVOICE_STATES = {
    "draft": "not issued: it has no number and is owed by nobody.",
    "open": "issued, and nothing of it is settled.",
    "part_paid": "a part of it is settled.",
    "overdue": "something of it is open after its due date.",
    "paid": "nothing of it is open.",
    "credited": "credit notes settled all of it.",
    "written_off": "it was given up.",
    "void": "it was withdrawn.",
}
PAYMENT_KINDS = {
    "scheduled": "the payment that is expected for an issued invoice.",
    "receipt": "money that came, or was promised.",
    "voucher": "a voucher that was redeemed.",
    "charge": "a purchase from prepaid money.",
    "refund": "money paid back.",
}
PAYMENT_STATUSES = {
    "pending": "expected or promised.",
    "processing": "a gateway is at it.",
    "completed": "the money is there: the only status that moves a balance.",
    "failed": "the last try failed; it can be tried again.",
    "cancelled": "it will not come.",
}
PAYMENT_METHODS = {
    "cash": "in cash.",
    "cheque": "by cheque.",
    "bank_transfer": "by transfer to the business's bank account.",
    "direct_debit": "by debit of the customer's bank account.",
    "gateway": "through a payment service.",
}
ATTEMPT_STATES = {
    "created": "written down, not sent yet.",
    "sent": "sent, not answered yet.",
    "pending": "the gateway is at it.",
    "action_required": "the customer has to go on at `action_url`.",
    "unknown": "no answer came: the gateway is asked again.",
    "succeeded": "the money was taken.",
    "declined": "it was refused.",
    "not_performed": "the gateway knows nothing of it, or it was given up.",
}
PORTAL_RIGHTS = {
    "view": "see invoices and payments.",
    "pay": "pay invoices.",
    "manage_methods": "store and remove payment methods.",
    "manage_autopay": "switch automatic payment on and off.",
    "download": "download documents.",
    "manage_contacts": "add and change contacts.",
}
MAILS = {
    "invoices": "invoices, credit notes, top-up requests, and where to transfer to.",
    "coming_invoices": "what the next invoice will be.",
    "receipts": "receipts and refunds.",
    "failed_payments": "payments that failed, reminders, and what was agreed or ended of automatic payment.",
    "statements": "statements of account.",
}
TAX_CATEGORIES = {
    "standard": "taxed at its percentage.",
    "zero": "taxed at 0 %.",
    "exempt": "free of tax.",
    "reverse_charge": "the customer owes the tax.",
    "outside_scope": "not taxed at all, such as prepaid money before it is used.",
}

Minor = Annotated[
    int, Field(description="Minor units of the currency: 1234 is 12.34 EUR, or 1234 JPY.", examples=[10680])
]
CurrencyCode = Annotated[str, Field(description="ISO 4217 code.", examples=["EUR"], pattern="^[A-Z]{3}$")]
Moment = Annotated[str, Field(description="RFC 3339, in UTC.", examples=["2026-03-01T09:30:00.000000Z"])]
Day = Annotated[str, Field(description="A local date in the business's time zone.", examples=["2026-03-01"])]
CustomerId = Annotated[str, Field(examples=["cus_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
ContactId = Annotated[str, Field(examples=["con_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
InvoiceId = Annotated[str, Field(examples=["inv_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
PaymentId = Annotated[str, Field(examples=["pay_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
AllocationId = Annotated[str, Field(examples=["alc_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
CreditNoteId = Annotated[str, Field(examples=["crn_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
GatewayAccountId = Annotated[str, Field(examples=["gwa_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
BillingGroupId = Annotated[str, Field(examples=["grp_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
SubscriptionId = Annotated[str, Field(examples=["sub_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
TaxRateId = Annotated[str, Field(examples=["tax_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class AddressShape(TypedDict):
    """A postal address."""

    lines: str
    postal_code: str
    city: str
    region: str
    country: Annotated[str, Field(description="ISO 3166-1 alpha-2, or empty.", examples=["DE"])]


class ContactShape(TypedDict):
    """A person of a customer."""

    id: ContactId
    name: str
    email: str
    phone: str
    language: Annotated[str, Field(description="Of pages and mails; empty for the customer's.")]
    is_billing: Annotated[bool, Field(description="Whether invoices and reminders go here.")]
    rights: Annotated[
        list[Annotated[str, one_of(PORTAL_RIGHTS, example="pay")]],
        Field(description="What this contact may do in the portal.", examples=[["view", "pay"]]),
    ]
    mails: Annotated[
        list[Annotated[str, one_of(MAILS, example="invoices")]],
        Field(description="Which mails go here.", examples=[["invoices", "receipts"]]),
    ]
    notice_days: Annotated[
        int | None,
        Field(description="Days before a coming invoice is due; null for as many as the business says.", examples=[14]),
    ]


class BillingGroupShape(TypedDict):
    """Customers whose subscriptions come on one invoice, owed by the payer."""

    id: BillingGroupId
    name: Annotated[str, Field(examples=["Acme Corp, laptops"])]
    payer: CustomerId
    billing_day: Annotated[int, Field(description="The day of the month; 31 is the last day.", examples=[1])]
    next_billing_date: Annotated[Day, Field(description="Its invoice takes every unbilled period that begins before.")]
    members: Annotated[int, Field(description="How many customers are members today.", examples=[5])]
    is_archived: bool
    created_at: Moment


class MembershipShape(TypedDict):
    """From when to when a customer is billed with a group: its periods that begin in between."""

    customer: CustomerId
    name: str
    number: Annotated[str, Field(examples=["C-00042"])]
    joined_date: Day
    left_date: Annotated[Day | None, Field(description="The first day on which it is billed alone again.")]


class StandingShape(TypedDict):
    """What a customer owes and has in one currency; the three are never netted."""

    currency: CurrencyCode
    owes_minor: Minor
    credit_minor: Minor
    wallet_minor: Annotated[Minor, Field(description="Prepaid money; below 0 it was used beyond that.")]


class CustomerShape(TypedDict):
    """A customer."""

    id: CustomerId
    number: Annotated[str, Field(examples=["C-00042"])]
    kind: Annotated[str, one_of(CUSTOMER_KINDS, example="business")]
    name: str
    currency: CurrencyCode
    time_zone: str
    language: str
    tax_id: str
    terms_days: Annotated[int, Field(description="Days after the invoice date on which invoices are due.")]
    is_prepaid: Annotated[bool, Field(description="Whether money that names no invoice fills the wallet.")]
    completes_own_transfers: Annotated[
        bool, Field(description="Whether its contacts who may pay may complete its promised bank transfers.")
    ]
    own_transfer_cap_minor: Annotated[int | None, Field(description="None above this, in minor units.")]
    own_transfer_cap_currency: Annotated[CurrencyCode | None, Field(description="The currency of the cap.")]
    address: AddressShape
    created_at: Moment
    contacts: list[ContactShape]
    standings: list[StandingShape]


class ArithmeticShape(TypedDict):
    """How the amount of a part of a period was computed: price × quantity × days ÷ of_days, rounded half up."""

    days: int
    of_days: Annotated[int, Field(description="The days of the whole period that the part lies in.")]
    price_minor: Minor
    quantity: Annotated[str, Field(description="A decimal as text.", examples=["1.0000"])]


class SubscriptionReferenceShape(TypedDict):
    """The subscription that something is billed for (E12)."""

    id: SubscriptionId
    number: Annotated[str, Field(examples=["S-00042"])]
    description: Annotated[str, Field(description="Product and variant.", examples=["Laptop – Pro 16"])]
    monthly_minor: Annotated[
        Minor, Field(description="What a period costs with tax, over its months, rounded half up.")
    ]
    currency: CurrencyCode


class InvoiceLineShape(TypedDict):
    """A line of an invoice."""

    position: int
    description: str
    quantity: Annotated[str, Field(description="A decimal as text.", examples=["1.0000"])]
    unit_price_minor: Minor
    tax_rate: TaxRateId
    tax_percent: Annotated[str, Field(description="A decimal as text.", examples=["20.0000"])]
    is_fee: bool
    net_minor: Minor
    tax_minor: Minor
    period_start: Day | None
    period_end: Annotated[Day | None, Field(description="The day after the last one of the period.")]
    arithmetic: Annotated[
        ArithmeticShape | None, Field(description="For a part of a period, how its amount was computed.")
    ]
    member: Annotated[CustomerId | None, Field(description="On a group's invoice, the member whom it is for.")]
    member_name: str
    subscription: Annotated[
        SubscriptionId | None, Field(description="The subscription that the line belongs to, if it belongs to one.")
    ]


class InvoiceShape(TypedDict):
    """An invoice."""

    id: InvoiceId
    number: Annotated[str | None, Field(description="Given at issue; a draft has none.", examples=["INV-2026-00001"])]
    customer: CustomerId
    state: Annotated[str, one_of(INVOICE_STATES, example="open")]
    title: str
    subscription: Annotated[
        SubscriptionReferenceShape | None,
        Field(description="The one subscription that it is for; an invoice of several says it line by line."),
    ]
    currency: CurrencyCode
    prices_include_tax: bool
    invoice_date: Day | None
    due_date: Annotated[Day | None, Field(description="The day by which it is to be paid, as it was agreed last.")]
    stated_due_date: Annotated[
        Day | None, Field(description="What its document says, where another day was agreed since; null otherwise.")
    ]
    net_minor: Minor
    tax_minor: Minor
    total_minor: Minor
    open_minor: Minor
    written_off_minor: Annotated[Minor, Field(description="What of it was given up, less what was paid after all.")]
    lines: list[InvoiceLineShape]
    created_at: Moment
    issued_at: Moment | None


class AllocationShape(TypedDict):
    """A part of a payment, or of a credit note, set against an invoice."""

    id: AllocationId
    payment: PaymentId | None
    credit_note: CreditNoteId | None
    invoice: InvoiceId
    amount_minor: Minor
    currency: CurrencyCode
    allocated_at: Moment
    released_at: Moment | None


class AttemptShape(TypedDict):
    """One try of a payment at a gateway."""

    id: Annotated[str, Field(examples=["att_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    state: Annotated[str, one_of(ATTEMPT_STATES, example="action_required")]
    amount_minor: Annotated[Minor, Field(description="What the gateway is asked to charge.")]
    currency: Annotated[CurrencyCode, Field(description="In which it is charged: the payment's, or another one.")]
    action_url: Annotated[str, Field(description="Where the customer goes on, while action is required.")]
    decline_code: str
    created_at: Moment


class CameShape(TypedDict):
    """What came, in another currency than it is credited in, and the rate that was fixed when it was completed. Of a
    refund: what its gateway pays out of that, at the rate at which it came.
    """

    amount_minor: Minor
    currency: CurrencyCode
    rate: Annotated[
        str, Field(description="Units of the payment's currency for one of this, a decimal as text.", examples=["0.92"])
    ]
    rate_source: Annotated[str, Field(description="Who said so.", examples=["ECB"])]


class PaymentShape(TypedDict):
    """A payment: one event of money, expected or real. Refunds and purchases have a negative total."""

    id: PaymentId
    kind: Annotated[str, one_of(PAYMENT_KINDS, example="receipt")]
    status: Annotated[str, one_of(PAYMENT_STATUSES, example="completed")]
    customer: CustomerId | None
    total_minor: Minor
    currency: CurrencyCode
    description: str
    note: Annotated[str, Field(description="The customer's own words.")]
    method: Annotated[
        str, one_of({"": "not known yet.", **PAYMENT_METHODS}, example="bank_transfer", about="How the money comes.")
    ]
    reference: str
    invoice: Annotated[InvoiceId | None, Field(description="The invoice that this payment is expected for.")]
    subscription: Annotated[
        SubscriptionReferenceShape | None,
        Field(description="The one subscription that it is expected for, or that it settles invoices of."),
    ]
    refund_of: PaymentId | None
    replaces: PaymentId | None
    receipt_number: Annotated[str | None, Field(examples=["R-2026-00001"])]
    due_date: Day | None
    next_try_date: Annotated[
        Day | None, Field(description="The day on which autopay tries it again; null when it will not.")
    ]
    received_date: Day | None
    created_at: Moment
    completed_at: Moment | None
    confirmed_by_customer: Annotated[
        bool,
        Field(
            description="Whether the customer completed this bank transfer itself: nobody has seen it at the bank yet."
        ),
    ]
    reversed: bool
    failure_code: str
    cancel_reason: str
    allocated_minor: Minor
    refunded_minor: Minor
    disputed_minor: Annotated[
        Minor, Field(description="What open disputes are about: it can be neither refunded nor released.")
    ]
    lost_minor: Annotated[Minor, Field(description="What was lost in disputes and bank returns.")]
    unallocated_minor: Minor
    came: Annotated[CameShape | None, Field(description="Null when it came in the currency that it is credited in.")]
    allocations: list[AllocationShape]
    attempts: list[AttemptShape]


class CreditNoteLineShape(TypedDict):
    """The part of an invoice's line that is credited."""

    position: int
    description: Annotated[str, Field(description="The line's own words, and how the amount was computed.")]
    net_minor: Minor
    tax_minor: Minor


class CreditNoteShape(TypedDict):
    """A document that reduces an invoice."""

    id: CreditNoteId
    number: Annotated[str, Field(examples=["CN-2026-00001"])]
    invoice: InvoiceId
    customer: CustomerId
    currency: CurrencyCode
    reason: str
    credit_note_date: Day
    net_minor: Minor
    tax_minor: Minor
    total_minor: Minor
    unallocated_minor: Minor
    lines: list[CreditNoteLineShape]


class TaxRateShape(TypedDict):
    """A rate of tax that lines can name."""

    id: TaxRateId
    name: str
    percent: Annotated[str, Field(description="A decimal as text.", examples=["20.0000"])]
    category: Annotated[str, one_of(TAX_CATEGORIES, example="standard")]
    country: str
    archived: Annotated[bool, Field(description="Whether it cannot be chosen any more.")]


class GatewayAccountShape(TypedDict):
    """An account at a payment service, through which money can be collected."""

    id: GatewayAccountId
    name: str


Row = dict[str, Any]
