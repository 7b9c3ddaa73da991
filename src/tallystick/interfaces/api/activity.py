"""`/customers/{id}/activity`: what happens on a customer's account in a month."""

from typing import Annotated

from ninja import Query
from pydantic import Field

from tallystick.interfaces.api.door import Request, Room, asked
from tallystick.interfaces.api.inputs import Input
from tallystick.usecases import activity
from tallystick.wire.activity import ActivityShape, activity_shape
from tallystick.wire.ids import customer_id_of

router = Room(tags=["customers"])


class MonthQuery(Input):
    """Which month is asked for."""

    month: Annotated[
        str,
        Field(
            pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$",
            description="Year and month, at most ten years from now; without it, this month.",
            examples=["2026-11"],
        ),
    ] = ""


@router.get(
    "/{customer_id}/activity", response=ActivityShape, summary="Activity of a month", operation_id="get_activity"
)
def get_activity(request: Request, customer_id: str, query: Query[MonthQuery]) -> ActivityShape:
    """Answers with what happened in a month and what will come: payments, invoices, due dates, planned charges and
    their retries, renewals of subscriptions, cards and prepaid money that expire. What is to come is computed as things
    stand now; what comes if nothing is paid is told of the 30 open invoices that are due first. Of each kind a day
    lists a few. Needs `view`.
    """
    found = activity.activity(**asked(request), customer_id=customer_id_of(customer_id), month=query.month)
    upcoming = found.next_charges
    return activity_shape(
        found.customer_id,
        found.month,
        next_date=upcoming.date if upcoming else None,
        next_sums=upcoming.sums if upcoming else {},
    )
