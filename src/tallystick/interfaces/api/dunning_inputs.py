"""What the calls about dunning take."""

from typing import Annotated, Any, Literal

from pydantic import Field

from tallystick.dunning.decisions import FIRST_DAY, LAST_DAY, LONGEST_TEXT, MOST_FEES, MOST_WAIT
from tallystick.foundation.errors import InvalidField
from tallystick.interfaces.api.inputs import (
    Amount,
    CurrencyInput,
    Day,
    Input,
    Line60,
    Line200,
    TaxRateRef,
    Whole,
    text,
)
from tallystick.wire.dunning import CHANNELS
from tallystick.wire.ids import tax_rate_id_of
from tallystick.wire.shapes import one_of

Days = Annotated[
    Whole,
    Field(ge=FIRST_DAY, le=LAST_DAY, description="After the due date; before it when negative.", examples=[3]),
]


class PlanInput(Input):
    """A plan, without its levels."""

    name: Annotated[Line60, Field(min_length=1, examples=["Standard"])]
    grace_days: Annotated[
        Whole | None,
        Field(
            ge=1,
            le=LAST_DAY,
            description="How many days after the last reminder services are suspended; null for never.",
            examples=[14],
        ),
    ] = None
    fee_tax_rate: Annotated[
        TaxRateRef | None, Field(description="The tax rate of its late fees; null: they are damages and not taxed.")
    ] = None

    def told(self) -> dict[str, Any]:
        """This method will return the plan as the use case takes it."""
        rate = self.fee_tax_rate
        return {
            "name": self.name,
            "grace_days": self.grace_days,
            "fee_tax_rate_id": None if rate is None else tax_rate_id_of(rate),
        }


class LevelTexts(Input):
    """Own words in the place of the usual ones, by language; empty for the usual ones."""

    en: Annotated[str, text(LONGEST_TEXT), Field(examples=["Your invoice is still open."])] = ""
    de: Annotated[str, text(LONGEST_TEXT), Field(examples=["Ihre Rechnung ist noch offen."])] = ""


class LevelFeeInput(Input):
    """What a reminder adds to what is owed in a currency."""

    currency: CurrencyInput
    fee_minor: Amount


class LevelInput(Input):
    """A reminder of a plan."""

    days: Days
    pay_by_days: Annotated[
        Whole | None, Field(ge=1, le=MOST_WAIT, description="Within how many days it asks for payment.", examples=[7])
    ] = None
    texts: LevelTexts = LevelTexts()
    channel: Annotated[Literal["mail", "letter", "both"], one_of(CHANNELS, example="mail", about="How it is told.")] = (
        "mail"
    )
    fees: Annotated[
        list[LevelFeeInput],
        Field(
            max_length=MOST_FEES,
            description="The late fee that it adds, for each currency once; not before the due date.",
        ),
    ] = []

    def by_currency(self) -> dict[str, int]:
        """This method will return the fees by currency.

        Raises:
            InvalidField: when a currency has two.
        """
        found = {each.currency: each.fee_minor for each in self.fees}
        if len(found) != len(self.fees):
            raise InvalidField(name="fees", reason="A reminder has one late fee for each currency.")
        return found


class LevelRemoval(Input):
    """Which reminder of a plan is removed."""

    days: Days


class ChoiceInput(Input):
    """Which plan counts."""

    choice: Annotated[
        str,
        Field(
            max_length=80,
            description="The id of a plan; `default` for the default one; `none` for no reminders.",
            examples=["default"],
        ),
    ]


class DefaultInput(Input):
    """The plan of whoever has no other."""

    plan: Annotated[
        str | None, Field(max_length=80, description="The id of a plan; null for no reminders.", examples=[None])
    ]


class PauseInput(Input):
    """A pause of reminders."""

    reason: Annotated[
        Line200,
        Field(min_length=1, description="Why; the customer and its keys never read it.", examples=["Is looked into"]),
    ]
    until_date: Annotated[Day | None, Field(description="The last day of it; null until somebody resumes.")] = None


class PromiseInput(Input):
    """What a payer promised."""

    pay_date: Day
    amount_minor: Annotated[Amount | None, Field(description="Minor units; all that is open when left out.")] = None
    note: Annotated[
        Line200, Field(description="The customer and its keys never read it.", examples=["Ada on the phone"])
    ] = ""
