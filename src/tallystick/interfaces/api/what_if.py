"""`/what_if`: the next months as they stand, and with a change, without anything happening."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from tallystick.interfaces.api.door import Request, RequiredKey, Room, call
from tallystick.interfaces.api.inputs import CustomerRef, Day, GroupRef, Input, PriceRef, SubscriptionRef, Whole
from tallystick.usecases import what_if as usecases
from tallystick.usecases.what_if import MOST_MONTHS, Change, PriceMoves, SubscriptionEnds
from tallystick.wire.ids import billing_group_id_of, customer_id_of, price_id_of, subscription_id_of
from tallystick.wire.what_if import WhatIfShape

router = Room(tags=["bill runs"])


class PriceMoveFields(Input):
    """Every subscription of a price takes another one at its next renewal."""

    price: PriceRef
    to: Annotated[PriceRef, Field(description="Another price of the same variant, in the same currency.")]


class EndFields(Input):
    """A subscription ends."""

    subscription: SubscriptionRef
    end_date: Annotated[Day, Field(description="The first day that is not covered any more; today or later.")]


class WhatIfInput(Input):
    """How far to look, at whom, and with which change."""

    months: Annotated[
        Whole, Field(ge=1, le=MOST_MONTHS, description="Calendar months; the first is the one that runs.")
    ]
    customer: Annotated[CustomerRef | None, Field(description="Only what this customer pays for.")] = None
    billing_group: Annotated[GroupRef | None, Field(description="Only the invoices of this group.")] = None
    price_moves: PriceMoveFields | None = None
    subscription_ends: EndFields | None = None

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if self.price_moves is not None and self.subscription_ends is not None:
            raise ValueError("Send one change, not several.")
        return self


@router.post("", response=WhatIfShape, summary="Foresee the next months", operation_id="what_if")
def what_if(request: Request, key: RequiredKey, body: WhatIfInput) -> WhatIfShape:
    """Tells what the next months bring, as it stands and with a change, by the bill run itself; nothing of it happens.
    Needs `billing.run`, and with a change `subscriptions.change` too.
    """
    return usecases.what_if(
        months=body.months,
        customer_id=None if body.customer is None else customer_id_of(body.customer),
        group_id=None if body.billing_group is None else billing_group_id_of(body.billing_group),
        change=_change(body),
        **call(request, key),
    )


def _change(body: WhatIfInput) -> Change | None:
    if body.price_moves is not None:
        moves = body.price_moves
        return PriceMoves(price_id=price_id_of(moves.price), to_price_id=price_id_of(moves.to))
    if body.subscription_ends is not None:
        ends = body.subscription_ends
        return SubscriptionEnds(subscription_id=subscription_id_of(ends.subscription), end_date=ends.end_date)
    return None
