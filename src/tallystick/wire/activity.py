"""What happens on a customer's account day by day, as API answers tell it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.reports.activity import ActiveDay, Event, EventKind, Month
from tallystick.wire.builders import CUSTOMER, INVOICE, PAYMENT, PAYMENT_METHOD
from tallystick.wire.references import SUBSCRIPTION
from tallystick.wire.shapes import (
    PAYMENT_STATUSES,
    CurrencyCode,
    CustomerId,
    Day,
    InvoiceId,
    Minor,
    PaymentId,
    SubscriptionId,
    one_of,
)

EVENT_KINDS: Final = {
    "invoice": "an invoice is issued.",
    "credit_note": "a credit note reduces an invoice, which it names.",
    "due": "something is open of an invoice that is due on this day.",
    "payment": "money came, was promised, paid back or spent from the wallet; by its completion, or else its making.",
    "charge": "autopay charges an invoice.",
    "retry": "autopay tries again to charge an invoice.",
    "notice": "a mail announces a coming invoice; `name` is the day of that invoice.",
    "reminder": "the payer is reminded of an invoice, if it is not paid before; the amount is the late fee, if any.",
    "suspension": "the services on an open invoice are suspended, if it is not paid before.",
    "renewal": "the next period of a subscription is billed.",
    "group_invoice": "a billing group that the customer pays for is billed; how much that will be is not known yet.",
    "card_expires": "the last day of a stored card.",
    "prepaid_expires": "the last day on which something prepaid can be used.",
}
# Which member names what an event is about.
_ABOUT: Final[Mapping[EventKind, tuple[str, str]]] = {
    EventKind.INVOICE: ("invoice", INVOICE),
    EventKind.CREDIT_NOTE: ("invoice", INVOICE),
    EventKind.DUE: ("invoice", INVOICE),
    EventKind.PAYMENT: ("payment", PAYMENT),
    EventKind.CHARGE: ("invoice", INVOICE),
    EventKind.RETRY: ("invoice", INVOICE),
    EventKind.REMINDER: ("invoice", INVOICE),
    EventKind.SUSPENSION: ("invoice", INVOICE),
    EventKind.RENEWAL: ("subscription", SUBSCRIPTION),
    EventKind.CARD_EXPIRES: ("payment_method", PAYMENT_METHOD),
}


class EventShape(TypedDict):
    """One thing that happened, or will."""

    kind: Annotated[str, one_of(EVENT_KINDS, example="due")]
    name: Annotated[str, Field(description="What the customer calls it.", examples=["INV-2026-00001"])]
    amount_minor: Annotated[
        int | None,
        Field(
            description="Minor units; refunds and purchases are below 0, null where no amount is known.",
            examples=[10680],
        ),
    ]
    currency: CurrencyCode | None
    status: (
        Annotated[str, one_of(PAYMENT_STATUSES, example="completed", about="Of payments; null for anything else.")]
        | None
    )
    billed_to_group: Annotated[
        bool, Field(description="Of a renewal: the payer of the customer's billing group gets the bill.")
    ]
    invoice: InvoiceId | None
    payment: PaymentId | None
    subscription: SubscriptionId | None
    payment_method: Annotated[str | None, Field(examples=["pmt_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class MoreShape(TypedDict):
    """What a day has beside the events that it lists."""

    kind: Annotated[str, one_of(EVENT_KINDS, example="payment")]
    count: Annotated[int, Field(examples=[12])]


class ActiveDayShape(TypedDict):
    """A day on which something happens."""

    date: Day
    events: Annotated[list[EventShape], Field(description="The first few of each kind.")]
    more: Annotated[list[MoreShape], Field(description="How many more there are of a kind; the lists have them.")]


class SumShape(TypedDict):
    """An amount in one currency."""

    amount_minor: Minor
    currency: CurrencyCode


class NextChargesShape(TypedDict):
    """What autopay charges on the next day on which it charges anything."""

    date: Day
    amounts: list[SumShape]


class ActivityShape(TypedDict):
    """A month of a customer's account."""

    customer: CustomerId
    month: Annotated[str, Field(examples=["2026-11"])]
    days: Annotated[list[ActiveDayShape], Field(description="Those on which something happens, in their order.")]
    next_charges: Annotated[
        NextChargesShape | None, Field(description="Whenever that is; null when nothing open is charged by itself.")
    ]


def activity_shape(
    customer_id: UUID, month: Month, *, next_date: date | None, next_sums: Mapping[str, int]
) -> ActivityShape:
    """This function will return a month of a customer's account; `next_sums` is what autopay charges on `next_date`."""
    return {
        "customer": public_id(CUSTOMER, customer_id),
        "month": f"{month.first:%Y-%m}",
        "days": [_day_shape(each) for each in month.days],
        "next_charges": None
        if next_date is None
        else {
            "date": next_date.isoformat(),
            "amounts": [{"amount_minor": minor, "currency": code} for code, minor in sorted(next_sums.items())],
        },
    }


def _day_shape(each: ActiveDay) -> ActiveDayShape:
    return {
        "date": each.date.isoformat(),
        "events": [_event_shape(event) for event in each.events],
        "more": [{"kind": kind.value, "count": count} for kind, count in each.more.items()],
    }


def _event_shape(event: Event) -> EventShape:
    name, about = "", ""
    if event.kind in _ABOUT:
        name, prefix = _ABOUT[event.kind]
        about = public_id(prefix, event.about)
    return {
        "kind": event.kind.value,
        "name": event.name,
        "amount_minor": event.minor,
        "currency": event.currency or None,
        "status": event.status or None,
        "billed_to_group": event.is_grouped,
        "invoice": about if name == "invoice" else None,
        "payment": about if name == "payment" else None,
        "subscription": about if name == "subscription" else None,
        "payment_method": about if name == "payment_method" else None,
    }
