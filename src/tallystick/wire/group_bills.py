"""The public shapes of a group's next invoice: what would be on it, and what not (E30). Amounts are minor units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

import orjson
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.invoices.bulk import Bill
from tallystick.subscriptions.bill_plan import Failure, Unit
from tallystick.subscriptions.unbilled import CANNOT_BE_BILLED, NO_SUBSCRIPTION, TO_BE_LOOKED_AT, Unbilled
from tallystick.wire.builders import CUSTOMER, INVOICE, day
from tallystick.wire.references import SUBSCRIPTION
from tallystick.wire.shapes import (
    BillingGroupShape,
    CurrencyCode,
    CustomerId,
    Day,
    InvoiceShape,
    Minor,
    Row,
    SubscriptionId,
    one_of,
)

REASONS: Final = {
    "no_subscription": "the member has none",
    "draft": "it is not activated",
    "trial": "it is billed from `date` on",
    "paused": "it rests, until `date` when that is known",
    "cancelled": "it is over",
    "ended": "it is over",
    "billed_already": "it is billed until `date`, on `invoice`",
    "billed_alone": "what begins on `date` is the customer's own to pay: it begins outside of the membership",
    "begins_later": "its first period begins on `date`",
    "cannot_be_billed": "`detail` says why",
}
_DETAILS: Final = {
    "no_subscription": "This member has no subscription.",
    "draft": "It is a draft. Activate it, and it is billed.",
    "trial": "It is on trial, and billed from {day} on.",
    "paused": "It rests.",
    "cancelled": "It is cancelled, and nothing of it is left to bill.",
    "ended": "It has ended, and nothing of it is left to bill.",
    "billed_already": "It is billed until {day} on the invoice {invoice}.",
    "billed_alone": "What begins on {day} lies outside of the membership: a bill run bills it to the customer itself.",
    "begins_later": "Its first period begins on {day}.",
}


class GroupInvoiceShape(TypedDict):
    """An invoice that the group would get: one for each currency and kind of price."""

    currency: CurrencyCode
    prices_include_tax: bool
    lines: Annotated[int, Field(description="How many lines.", examples=[5])]
    net_minor: Minor
    tax_minor: Minor
    total_minor: Minor


class UnbilledShape(TypedDict):
    """Why nothing is billed."""

    code: Annotated[str, one_of(REASONS, example="billed_already")]
    detail: Annotated[str, Field(description="A sentence for people.")]
    date: Day | None
    invoice: Annotated[str | None, Field(description="The invoice on which it was billed.")]
    invoice_number: str | None


class GroupPeriodShape(TypedDict):
    """A period that would be on the invoice."""

    period_start: Day
    period_end: Annotated[Day, Field(description="The first day after it.")]
    currency: CurrencyCode
    net_minor: Minor
    tax_minor: Minor
    total_minor: Minor


class GroupSubscriptionShape(TypedDict):
    """A subscription of a member: what of it would be billed, or why nothing."""

    subscription: SubscriptionId
    number: str
    description: str
    quantity: str
    periods: list[GroupPeriodShape]
    unbilled: UnbilledShape | None


class MemberTotalShape(TypedDict):
    """What of the group's invoices is for a member, in one currency."""

    currency: CurrencyCode
    net_minor: Minor
    tax_minor: Minor
    total_minor: Minor


class GroupMemberShape(TypedDict):
    """A member, present or past, with its subscriptions."""

    customer: CustomerId
    name: str
    number: str
    totals: list[MemberTotalShape]
    subscriptions: list[GroupSubscriptionShape]
    unbilled: Annotated[UnbilledShape | None, Field(description="Set when there is no subscription at all.")]


class GroupPreviewShape(TypedDict):
    """What would be billed to a group now, and what would not."""

    billing_group: BillingGroupShape
    as_of_date: Annotated[Day, Field(description="Every unbilled period that begins on this day or before.")]
    invoice_date: Day
    due_date: Day
    next_billing_date: Annotated[Day, Field(description="The group's next billing date after that.")]
    invoices: list[GroupInvoiceShape]
    members: list[GroupMemberShape]
    is_complete: Annotated[bool, Field(description="Whether nothing is left out that somebody should look at first.")]
    version: Annotated[str, Field(description="Names this preview: the call that bills takes it.")]


class GroupBilledShape(TypedDict):
    """The invoices that a group got, and the group as it is now."""

    billing_group: BillingGroupShape
    invoices: list[InvoiceShape]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member, present or past, and its subscriptions."""

    customer_id: UUID
    name: str
    number: str
    subscriptions: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Of a group's invoice: what begins on `as_of` or before is on it; and the group's billing date after that."""

    as_of: date
    invoice: date
    due: date
    next_billing: date


def preview_shape(
    shape: BillingGroupShape,
    dates: Dates,
    *,
    unit: Unit,
    members: Sequence[Member],
    reasons: Mapping[UUID, Unbilled | Failure],
) -> GroupPreviewShape:
    """This function will return what would be billed; `reasons` say why there is nothing of other subscriptions."""
    periods = _periods(unit)
    told = [_member(member, periods, reasons) for member in members]
    unbilled = [each["unbilled"] for each in told]
    unbilled += [each["unbilled"] for member in told for each in member["subscriptions"]]
    preview: GroupPreviewShape = {
        "billing_group": shape,
        "as_of_date": dates.as_of.isoformat(),
        "invoice_date": dates.invoice.isoformat(),
        "due_date": dates.due.isoformat(),
        "next_billing_date": dates.next_billing.isoformat(),
        "invoices": [_invoice(bill) for bill in unit.bills],
        "members": told,
        "is_complete": not any(each and each["code"] in TO_BE_LOOKED_AT for each in unbilled),
        "version": "",
    }
    # Whoever confirms names what they saw: another number anywhere is another preview.
    preview["version"] = sha256(orjson.dumps(preview, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return preview


def _periods(unit: Unit) -> dict[UUID, list[GroupPeriodShape]]:
    """The periods of each subscription, with the amounts of their lines."""
    amounts = {
        line_id: (bill.currency, amount)
        for bill in unit.bills
        for line_id, amount in zip(bill.line_ids, bill.shape.amounts.lines, strict=True)
    }
    found: dict[UUID, list[GroupPeriodShape]] = {}
    for period in unit.periods:
        currency, amount = amounts[period.line_id]
        found.setdefault(period.subscription_id, []).append(
            {
                "period_start": period.start.isoformat(),
                "period_end": period.end.isoformat(),
                "currency": currency,
                "net_minor": amount.net_minor,
                "tax_minor": amount.tax_minor,
                "total_minor": amount.net_minor + amount.tax_minor,
            }
        )
    return found


def _invoice(bill: Bill) -> GroupInvoiceShape:
    amounts = bill.shape.amounts
    return {
        "currency": bill.currency,
        "prices_include_tax": bill.prices_include_tax,
        "lines": len(bill.lines),
        "net_minor": amounts.net_minor,
        "tax_minor": amounts.tax_minor,
        "total_minor": amounts.total_minor,
    }


def _member(
    member: Member, periods: Mapping[UUID, list[GroupPeriodShape]], reasons: Mapping[UUID, Unbilled | Failure]
) -> GroupMemberShape:
    own = [period for row in member.subscriptions for period in periods.get(row["id"], [])]
    return {
        "customer": public_id(CUSTOMER, member.customer_id),
        "name": member.name,
        "number": member.number,
        "totals": _totals(own),
        "subscriptions": [
            {
                "subscription": public_id(SUBSCRIPTION, row["id"]),
                "number": row["number"],
                "description": row["description"],
                "quantity": str(row["quantity"]),
                "periods": periods.get(row["id"], []),
                "unbilled": _unbilled(reasons[row["id"]]) if row["id"] in reasons else None,
            }
            for row in member.subscriptions
        ],
        "unbilled": None if member.subscriptions else _unbilled(Unbilled(code=NO_SUBSCRIPTION)),
    }


def _totals(periods: Sequence[GroupPeriodShape]) -> list[MemberTotalShape]:
    sums: dict[str, MemberTotalShape] = {}
    for period in periods:
        currency = period["currency"]
        total = sums.setdefault(currency, {"currency": currency, "net_minor": 0, "tax_minor": 0, "total_minor": 0})
        total["net_minor"] += period["net_minor"]
        total["tax_minor"] += period["tax_minor"]
        total["total_minor"] += period["total_minor"]
    return [sums[currency] for currency in sorted(sums)]


def _unbilled(reason: Unbilled | Failure) -> UnbilledShape:
    if isinstance(reason, Failure):
        return {
            "code": CANNOT_BE_BILLED,
            "detail": reason.sentence,
            "date": None,
            "invoice": None,
            "invoice_number": None,
        }
    return {
        "code": reason.code,
        "detail": _DETAILS[reason.code].format(day=day(reason.day), invoice=reason.invoice_number),
        "date": day(reason.day),
        "invoice": public_id(INVOICE, reason.invoice_id) if reason.invoice_id else None,
        "invoice_number": reason.invoice_number,
    }
