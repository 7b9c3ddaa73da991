"""What can be offered to a payer whose payment failed several times (E22)."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.wire.dunning import DunningPauseShape
from tallystick.wire.shapes import CurrencyCode, Day, InvoiceId, Minor
from tallystick.wire.subscriptions import CancelPreviewShape


class DaysShape(TypedDict):
    """Days from which one is chosen."""

    first_date: Day
    last_date: Day


class EndOfferShape(TypedDict):
    """A subscription on the invoice, and what it comes to if it ends now and its unused days are credited."""

    number: str
    description: str
    preview: CancelPreviewShape
    elsewhere_minor: Annotated[
        Minor, Field(description="What of the credit other invoices take, whose unused days it is for, and are open.")
    ]
    left_minor: Annotated[
        Minor | None,
        Field(
            description="What is open of the invoice and the fee, less the credit that no other invoice takes; below "
            "zero stays as credit. Null when somebody else than the payer of the invoice would be billed."
        ),
    ]


class OffersShape(TypedDict):
    """What can be offered to the payer of an open invoice."""

    invoice: InvoiceId
    currency: CurrencyCode
    open_minor: Minor
    failures: Annotated[int, Field(description="How often it was tried in vain; 0 unless its payment has failed now.")]
    is_advised: Annotated[bool, Field(description="Whether it failed so often that offers are advised: three times.")]
    due_dates: Annotated[DaysShape, Field(description="Which due dates can be agreed.")]
    pause: Annotated[DunningPauseShape | None, Field(description="What is promised, or was; or another pause.")]
    own_promise: Annotated[
        DaysShape | None, Field(description="By which days the payer itself may promise to pay; null when it may not.")
    ]
    ends: list[EndOfferShape]
    more_ends: Annotated[int, Field(description="How many more subscriptions on the invoice could end.")]
