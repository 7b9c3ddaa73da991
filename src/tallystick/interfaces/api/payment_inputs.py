"""What the calls about payments take."""

from typing import Annotated, Literal

from pydantic import Field

from tallystick.interfaces.api.inputs import (
    Amount,
    CurrencyInput,
    CustomerRef,
    Day,
    Flag,
    GatewayAccountRef,
    Input,
    InvoiceRef,
    Line60,
    Line140,
    Line200,
    Line500,
    PaymentMethodRef,
    Remark,
    ReturnUrl,
    Whole,
)
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.wire.shapes import PAYMENT_KINDS, PAYMENT_METHODS, PAYMENT_STATUSES, one_of

_BY_HAND = {word: meaning for word, meaning in PAYMENT_METHODS.items() if word != "gateway"}

Kind = Annotated[
    Literal["scheduled", "receipt", "voucher", "charge", "refund"], one_of(PAYMENT_KINDS, example="receipt")
]
Status = Annotated[
    Literal["pending", "processing", "completed", "paid", "failed", "cancelled"],
    one_of({**PAYMENT_STATUSES, "paid": "another word for completed."}, example="completed"),
]
BirthStatus = Annotated[
    Literal["completed", "paid", "pending", "cancelled"],
    one_of(
        {
            "completed": "the money is there. Needs `payments.complete`.",
            "paid": "another word for completed.",
            "pending": "it was promised.",
            "cancelled": "it was promised and will not come: for the record.",
        },
        example="completed",
    ),
]
Method = Annotated[
    Literal["cash", "cheque", "bank_transfer", "direct_debit", "gateway"],
    one_of(PAYMENT_METHODS, example="bank_transfer"),
]
MethodByHand = Annotated[
    Literal["cash", "cheque", "bank_transfer", "direct_debit"],
    one_of(_BY_HAND, example="bank_transfer", about="How the money came."),
]
Reference = Annotated[Line140, Field(description="What the payer or the bank calls it.", examples=["RF18 5390 0754"])]
Reason = Annotated[Line200, Field(min_length=1, examples=["Paid twice"])]


class PartInput(Input):
    """A part of a payment for an invoice."""

    invoice: InvoiceRef
    amount_minor: Annotated[Amount | None, Field(description="As much as is open and there, when left out.")] = None


Parts = Annotated[list[PartInput], Field(max_length=1000)]


class CameInput(Input):
    """What came, in another currency than it is credited in."""

    amount_minor: Amount
    currency: CurrencyInput


Exchanged = Annotated[
    CameInput | None,
    Field(
        description="What came, when it came in another currency than it is credited in. The rate is what the two "
        "amounts say; without `total_minor` it is the one that is stored for the received date."
    ),
]


class PaymentInput(Input):
    """Money that came, or was promised, outside of any gateway."""

    total_minor: Annotated[
        Amount | None, Field(description="What is credited, in `currency`. Left out only where `came` says what came.")
    ] = None
    currency: CurrencyInput
    came: Exchanged = None
    customer: Annotated[
        CustomerRef | None,
        Field(description="Without one the money waits in suspense, unless an invoice names the payer."),
    ] = None
    status: BirthStatus = "completed"
    method: MethodByHand = "bank_transfer"
    received_date: Annotated[Day | None, Field(description="Today when left out; never in the future.")] = None
    description: Annotated[
        Line500,
        Field(
            description="What the customer reads. What stands behind the first `#` is for staff only and in no answer; "
            "write `\\#` for the character itself."
        ),
    ] = ""
    reference: Reference = ""
    invoice_number: Annotated[
        Line60, Field(description="The invoice as the payer wrote it; it is allocated when it is one of ours.")
    ] = ""
    remark: Remark = ""
    fee_minor: Annotated[
        Whole | None, Field(ge=0, le=LARGEST_MINOR, description="For reference only: it posts nothing.")
    ] = None
    allocations: Parts = []
    allocates_oldest_first: Annotated[Flag, Field(description="Spread over the open invoices by due date.")] = False
    mails_confirmation: Annotated[Flag, Field(description="Whether the customer gets a receipt by mail.")] = False
    allows_duplicate: Annotated[
        Flag,
        Field(
            description="Your word that this is another payment than one of the same customer, amount and currency "
            "with the same date or reference. Without it such a one is refused as `duplicate_payment`, which names the "
            "payment that looks the same; a repeat under the same idempotency key never is one."
        ),
    ] = False


class MarkPaidInput(Input):
    """How an expected payment came in."""

    received_date: Day
    method: MethodByHand
    reference: Reference = ""
    total_minor: Annotated[Amount | None, Field(description="What came, when that differs from what was expected.")] = (
        None
    )
    came: Exchanged = None
    sends_mail: Annotated[Flag, Field(description="Whether the customer gets a receipt by mail.")] = True


class DepositInput(Input):
    """When a cheque was brought to the bank."""

    deposited_date: Annotated[Day | None, Field(description="Today when it is left out; never in the future.")] = None


class PaymentChanges(Input):
    """What shall change; a field that is left out stays as it is."""

    description: Annotated[
        Line500,
        Field(
            default_factory=str,
            description="What the customer reads. What stands behind the first `#` replaces the private text; without "
            "a `#` the private text stays.",
        ),
    ]
    reference: Annotated[Reference, Field(default_factory=str)]
    remark: Annotated[Remark, Field(default_factory=str)]
    fee_minor: Annotated[
        Whole | None, Field(ge=0, le=LARGEST_MINOR, description="For reference only: it posts nothing.")
    ] = None
    total_minor: Annotated[Amount, Field(default_factory=int)]
    currency: Annotated[CurrencyInput, Field(default_factory=str)]
    customer: Annotated[CustomerRef | None, Field(description="Null takes the promise from its customer.")] = None
    method: Annotated[MethodByHand, Field(default_factory=lambda: "bank_transfer")]
    received_date: Annotated[Day | None, Field(description="Never in the future.")] = None


class AllocateInput(Input):
    """What the money settles."""

    allocations: Parts = []
    takes_oldest_first: Annotated[Flag, Field(description="Spread over the open invoices by due date.")] = False


class AssignInput(Input):
    """To whom money in suspense belongs."""

    customer: CustomerRef


class ReverseInput(Input):
    """Why a record is undone."""

    reason: Reason


class RefundInput(Input):
    """How much is paid back, and why."""

    amount_minor: Amount
    reason: Annotated[
        Reason,
        Field(description="What stands behind the first # is private: customers, mails and the gateway get the rest."),
    ]
    still_owed: Annotated[
        Flag,
        Field(
            description="Whether the invoice is still owed (paid twice, wrong payer): then it is open again. Otherwise "
            "a credit note is issued for the part."
        ),
    ] = False
    method: Annotated[
        Method, one_of(PAYMENT_METHODS, example="gateway", about="Through the gateway that it came by, or by hand.")
    ] = "gateway"


StoredMethod = Annotated[
    PaymentMethodRef | None,
    Field(
        description="A stored payment method to charge, through the gateway account that keeps it; null sends the "
        "customer to the gateway's page."
    ),
]
OffSession = Annotated[
    Flag, Field(description="Whether the customer is away while the stored payment method is charged.")
]


ChargedIn = Annotated[
    CurrencyInput | None,
    Field(
        description="Another currency in which all of it is charged, at the exchange rates that are stored for "
        "today. What is credited is fixed when the payment completes, at the rates of that day: `came` of the "
        "payment says it. What that leaves of an invoice stays open, and what it gives beyond it becomes credit."
    ),
]
ChargedMinor = Annotated[
    Amount | None,
    Field(
        description="What the payer was told, in minor units of `charged_in`. When the rates say another amount by "
        "now, the answer is `exchange_rate_changed` (409) with that amount, and nothing was charged."
    ),
]


class CollectInput(Input):
    """What is collected, and through whom."""

    customer: CustomerRef
    invoices: Annotated[list[PartInput], Field(max_length=100)] = []
    on_account_minor: Annotated[
        Whole,
        Field(
            ge=0,
            le=LARGEST_MINOR,
            description="What is paid beyond the invoices, in minor units: it becomes credit, or fills the wallet of a "
            "prepaid customer.",
        ),
    ] = 0
    currency: Annotated[
        CurrencyInput | None, Field(description="Needed only when no invoice is named; else it is theirs.")
    ] = None
    charged_in: ChargedIn = None
    charged_minor: ChargedMinor = None
    gateway_account: GatewayAccountRef
    return_url: ReturnUrl
    payment_method: StoredMethod = None
    off_session: OffSession = False
    saves_method: Annotated[Flag, Field(description="Whether the card is stored for later payments.")] = False
    note: Annotated[Line500, Field(description="The customer's own words.")] = ""


class RetryInput(Input):
    """Through whom a failed payment is tried again."""

    gateway_account: GatewayAccountRef
    return_url: ReturnUrl
    payment_method: StoredMethod = None
    off_session: OffSession = False
    charged_in: ChargedIn = None
    charged_minor: ChargedMinor = None


class PlanRetryInput(Input):
    """When a failed payment is tried again."""

    day: Annotated[Day, Field(description="From tomorrow on, within the days of the setting `retry_chosen_days`.")]
