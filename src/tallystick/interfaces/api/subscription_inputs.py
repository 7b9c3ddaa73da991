"""What calls about subscriptions take."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tallystick.interfaces.api.inputs import (
    CustomerRef,
    Day,
    Flag,
    Input,
    Line200,
    PriceRef,
    ProductRef,
    Quantity,
    QueryFlag,
    Remark,
    Search,
    VariantRef,
    Whole,
)
from tallystick.interfaces.api.lists import PageQuery
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.subscriptions.schedule import LONGEST_CONTRACT_MONTHS
from tallystick.usecases.subscribe import LONGEST_TRIAL_DAYS
from tallystick.wire.shapes import one_of
from tallystick.wire.subscriptions import COLLECTIONS, SUBSCRIPTION_STATES

State = Annotated[
    Literal["draft", "trial", "active", "paused", "suspended", "cancelled", "ended"],
    one_of(SUBSCRIPTION_STATES, example="active"),
]
Collection = Annotated[Literal["autopay", "manual"], one_of(COLLECTIONS, example="autopay")]
ChangeWhen = Annotated[
    Literal["now", "renewal"],
    one_of(
        {
            "now": "from today on; unused days are taken back, the rest is charged.",
            "renewal": "for the periods that begin at the next renewal or later.",
        },
        example="now",
    ),
]
EndWhen = Annotated[
    Literal["now", "period_end", "date"],
    one_of(
        {
            "now": "today is not covered any more.",
            "period_end": "at the end of the period that runs.",
            "date": "`end_date` is the first day that is not covered any more.",
        },
        example="period_end",
    ),
]
EndDate = Annotated[Day | None, Field(description="Only with `date`: today or later.")]
CreditsUnused = "Whether the days after the end that are billed are credited."
PreviewToken = Annotated[
    str, Field(max_length=100, description="`preview` of the preview that is confirmed.", examples=["9f86d081884c7d65"])
]
TrialDays = Annotated[
    Whole | None, Field(ge=0, le=LONGEST_TRIAL_DAYS, description="How many days the trial has.", examples=[14])
]
TrialUntil = Annotated[Day | None, Field(description="The day on which the trial is over: the first that is billed.")]
BillingDay = Annotated[
    Whole | None,
    Field(
        ge=1,
        le=31,
        description="The day of the month on which whole periods begin; the days before it are a part period. Null is "
        "the day on which billing starts; 31 is the last day of any month.",
        examples=[1],
    ),
]
ContractMonths = Annotated[
    Whole | None,
    Field(ge=1, le=LONGEST_CONTRACT_MONTHS, description="Counted from the first billed day; null is open-ended."),
]
Fee = Annotated[
    Whole | None,
    Field(
        ge=0,
        le=LARGEST_MINOR,
        description="What ending within the contract costs, in minor units, with or without tax as the price is.",
        examples=[5000],
    ),
]


class SubscriptionQuery(PageQuery):
    """Which subscriptions a list shows."""

    customer: CustomerRef = ""
    state: State | None = None
    variant: VariantRef = ""
    product: ProductRef = ""
    price: PriceRef = ""
    search: Annotated[Search, Field(description="The number, a part of the customer's name, or of what it is for.")] = (
        ""
    )


class SubscriptionInput(Input):
    """A new draft."""

    customer: CustomerRef
    price: PriceRef
    start_date: Day
    quantity: Annotated[Quantity, Field(default="1", validate_default=True)]
    trial_days: TrialDays = None
    trial_until: TrialUntil = None
    billing_day: BillingDay = None
    contract_months: ContractMonths = None
    collection: Collection = "autopay"
    early_return_fee_minor: Fee = None
    remark: Remark = ""


class SubscriptionChanges(Input):
    """What shall change; a field that is left out stays as it is. Of a subscription that lives only `collection` and
    `remark` can change.
    """

    price: Annotated[PriceRef, Field(default_factory=str)]
    start_date: Annotated[Day, Field(default_factory=date.today)]
    quantity: Annotated[Quantity, Field(default="1", validate_default=True)]
    trial_days: TrialDays = None
    trial_until: TrialUntil = None
    billing_day: BillingDay = None
    contract_months: ContractMonths = None
    collection: Collection = "autopay"
    early_return_fee_minor: Fee = None
    remark: Remark = ""


class UpcomingQuery(Input):
    """How much of what is to come is told."""

    limit: Annotated[int, Field(ge=1, le=200, description="How many periods.")] = 12


class ChangeFields(Input):
    """Another plan."""

    price: Annotated[PriceRef, Field(description="Another price; left out, the price stays.")] = ""
    quantity: Annotated[Quantity | None, Field(description="Another quantity; left out, it stays.")] = None
    when: ChangeWhen = "now"


class ChangeQuery(ChangeFields):
    """The plan that is asked about."""


class ChangeInput(ChangeFields):
    """The plan that is confirmed."""

    preview: PreviewToken


class CancelQuery(Input):
    """The end that is asked about."""

    when: EndWhen = "now"
    end_date: EndDate = None
    credits_unused: Annotated[QueryFlag, Field(description=CreditsUnused)] = False


class CancelInput(Input):
    """The end that is confirmed."""

    when: EndWhen = "now"
    end_date: EndDate = None
    credits_unused: Annotated[Flag, Field(description=CreditsUnused)] = False
    reason: Annotated[
        Line200,
        Field(
            min_length=1,
            description="What stands behind the first # is private: the subscription and credit notes say the rest.",
            examples=["Sent back"],
        ),
    ]
    preview: PreviewToken


class PauseInput(Input):
    """From when to when the service rests."""

    from_date: Annotated[Day | None, Field(description="Today when left out.")] = None
    resume_date: Annotated[Day | None, Field(description="Until it is resumed when left out.")] = None


class ResumeInput(Input):
    """When the service goes on."""

    on_date: Annotated[Day | None, Field(description="Today when left out.")] = None


class SuspendInput(Input):
    """Why the service is withheld."""

    reason: Annotated[Line200, Field(examples=["Three invoices are overdue"])] = ""
