"""The public shapes of subscriptions, and how they are built from rows of their queries."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.catalog.queries import tax_rates_by_id
from tallystick.foundation.ids import public_id
from tallystick.invoices.totals import LineInput, PricedLine, Totals, totals
from tallystick.money.rounding import half_up
from tallystick.subscriptions import queries
from tallystick.subscriptions.proration import Upcoming
from tallystick.subscriptions.queries import Income
from tallystick.subscriptions.schedule import MONTHS
from tallystick.wire.builders import CUSTOMER, INVOICE, TAX_RATE, day, moment
from tallystick.wire.catalog import FREQUENCIES, PRICE, VARIANT, PriceId, VariantId
from tallystick.wire.references import SUBSCRIPTION, arithmetic_shape
from tallystick.wire.shapes import (
    ArithmeticShape,
    CurrencyCode,
    CustomerId,
    Day,
    InvoiceId,
    Minor,
    Moment,
    SubscriptionId,
    TaxRateId,
    one_of,
)

CONTRACT_FILE = "fil"

SUBSCRIPTION_STATES = {
    "draft": "agreed on paper, perhaps; it bills nothing.",
    "trial": "the service runs, and billing has not started.",
    "active": "billed period by period.",
    "paused": "no period begins until it resumes; what is billed runs on.",
    "suspended": "the service is withheld; it goes on to be billed.",
    "cancelled": "ended early.",
    "ended": "its contract is over.",
}
COLLECTIONS = {
    "autopay": "the payer's autopay takes its invoices, where there is one.",
    "manual": "the payer's autopay leaves its invoices alone.",
}
DOCUMENTS = {
    "invoice": "an invoice of the lines is issued.",
    "credit_note": "the difference is credited.",
    "both": "what is taken back is credited and what is charged invoiced: one document cannot hold them.",
    "none": "nothing is owed and nothing credited.",
}

FileId = Annotated[str, Field(examples=["fil_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
Quantity = Annotated[str, Field(description="A decimal as text.", examples=["1.0000"])]
Token = Annotated[
    str, Field(description="What confirming takes: it is refused when anything of the preview has changed.")
]
End = Annotated[Day | None, Field(description="The first day that is not covered any more; null is open-ended.")]


class WaitingChangeShape(TypedDict):
    """A change of plan that waits for the renewal."""

    effective_date: Annotated[Day, Field(description="It holds for the periods that begin on this day or later.")]
    price: PriceId
    quantity: Quantity


class SubscriptionShape(TypedDict):
    """What a customer gets and pays for, period by period."""

    id: SubscriptionId
    number: Annotated[str, Field(examples=["S-00042"])]
    state: Annotated[str, one_of(SUBSCRIPTION_STATES, example="active")]
    customer: CustomerId
    variant: VariantId
    price: PriceId
    description: Annotated[str, Field(description="Product and variant, as lines say them.")]
    quantity: Quantity
    currency: CurrencyCode
    unit_price_minor: Minor
    prices_include_tax: bool
    tax_rate: TaxRateId
    frequency: Annotated[str, one_of(FREQUENCIES, example="monthly")]
    net_minor: Annotated[Minor, Field(description="What a whole period costs without tax.")]
    tax_minor: Minor
    total_minor: Annotated[Minor, Field(description="What a whole period costs with tax.")]
    monthly_minor: Annotated[Minor, Field(description="The total of a period over its months, rounded half up.")]
    collection: Annotated[str, one_of(COLLECTIONS, example="autopay")]
    start_date: Day
    billing_start_date: Annotated[Day, Field(description="Later than the start when a trial lies before it.")]
    billing_day: Annotated[int, Field(description="The day of the month on which whole periods begin; 31 is the last.")]
    contract_months: Annotated[int | None, Field(description="Null is open-ended.")]
    end_date: End
    early_return_fee_minor: Annotated[int | None, Field(description="What ending within the contract costs.")]
    next_period_start: Annotated[
        Day | None, Field(description="The first day that no bill covers yet; null when nothing more is billed.")
    ]
    paused_date: Annotated[Day | None, Field(description="Since when, or from when on, it is paused.")]
    resume_date: Day | None
    waiting_change: WaitingChangeShape | None
    cancelled_at: Moment | None
    cancel_reason: str
    created_at: Moment
    activated_at: Moment | None


class UpcomingPeriodShape(TypedDict):
    """A period that is not billed yet, as it will be."""

    period_start: Annotated[Day, Field(description="The day on which it is billed.")]
    period_end: Annotated[Day, Field(description="The day after the last one of the period.")]
    quantity: Quantity
    unit_price_minor: Minor
    net_minor: Minor
    tax_minor: Minor
    total_minor: Minor


class UpcomingShape(TypedDict):
    """What is to come of a subscription."""

    data: list[UpcomingPeriodShape]
    currency: CurrencyCode
    contract_total_minor: Annotated[
        int | None,
        Field(description="What the whole contract comes to with tax, what is billed included; null when open-ended."),
    ]


class BilledPeriodShape(TypedDict):
    """A period that is on an invoice."""

    period_start: Day
    period_end: Annotated[
        Day, Field(description="The day after the last one; a change of plan or an early end shortens it.")
    ]
    invoice: InvoiceId
    invoice_number: str | None
    line_net_minor: Minor
    line_tax_minor: Minor
    billed_at: Moment


class IncomeShape(TypedDict):
    """What a subscription brought in, and what of its cost is recovered."""

    currency: CurrencyCode
    income_minor: Annotated[Minor, Field(description="What was paid for it until now, without tax.")]
    cost_minor: Annotated[int | None, Field(description="The variant's cost times the quantity, where it is known.")]
    recovered_percent: Annotated[
        str | None, Field(description="Income over cost, a decimal as text.", examples=["37.08"])
    ]


class PreviewLineShape(TypedDict):
    """A line as it would be billed."""

    description: str
    quantity: Quantity
    unit_price_minor: Minor
    tax_rate: TaxRateId
    is_fee: bool
    net_minor: Minor
    tax_minor: Minor
    period_start: Day | None
    period_end: Day | None
    arithmetic: ArithmeticShape | None


class PreviewCreditShape(TypedDict):
    """A credit note as it would be issued."""

    invoice: InvoiceId
    invoice_number: str | None
    total_minor: Minor


class UnusedDaysShape(TypedDict):
    """Days that are billed and would not be used, and what they are worth."""

    period_start: Day
    period_end: Day
    arithmetic: ArithmeticShape
    net_minor: Minor
    tax_minor: Minor
    total_minor: Minor


class PlanChangePreviewShape(TypedDict):
    """What a change of plan would do."""

    subscription: SubscriptionId
    effective_date: Day
    currency: CurrencyCode
    payer: Annotated[CustomerId, Field(description="Who is billed: the customer, or its billing group's payer.")]
    lines: list[PreviewLineShape]
    net_minor: Minor
    tax_minor: Minor
    total_minor: Annotated[Minor, Field(description="Below 0 it is credited.")]
    document: Annotated[str, one_of(DOCUMENTS, example="invoice")]
    credits: list[PreviewCreditShape]
    next_period: Annotated[UpcomingPeriodShape | None, Field(description="The first period to come under the plan.")]
    preview: Token


class CancelPreviewShape(TypedDict):
    """What a cancellation would do."""

    subscription: SubscriptionId
    end_date: Annotated[Day, Field(description="The first day that is not covered any more.")]
    contract_end_date: Day | None
    currency: CurrencyCode
    payer: Annotated[CustomerId, Field(description="Who is billed: the customer, or its billing group's payer.")]
    fee: Annotated[PreviewLineShape | None, Field(description="The early-return fee, when the contract is broken.")]
    fee_total_minor: Minor
    unused: list[UnusedDaysShape]
    credits: list[PreviewCreditShape]
    credit_total_minor: Annotated[Minor, Field(description="What is credited, when that is asked for.")]
    preview: Token


class PriceMoveShape(TypedDict):
    """How many subscriptions take another price at their renewal."""

    price: PriceId
    to: PriceId
    subscriptions: Annotated[int, Field(description="Live subscriptions that take the new price.")]
    left_out: Annotated[int, Field(description="Live subscriptions that wait for another plan, or are not renewed.")]


class ContractFileShape(TypedDict):
    """A signed contract, or another document of a subscription."""

    id: FileId
    name: str
    media_type: Annotated[str, Field(examples=["application/pdf"])]
    size: Annotated[int, Field(description="In bytes.")]
    sha256: str
    added_at: Moment
    added_by: str


def one_subscription(subscription_id: UUID) -> SubscriptionShape:
    """This function will read a subscription and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return subscription_shapes([queries.subscription(subscription_id)])[0]


def subscription_shapes(rows: Sequence[Mapping[str, Any]]) -> list[SubscriptionShape]:
    """This function will return many subscriptions, with one query for their tax rates and one for waiting changes."""
    percents = {rate_id: rate.percent for rate_id, rate in tax_rates_by_id(row["tax_rate_id"] for row in rows).items()}
    changes = queries.waiting_changes(row["id"] for row in rows)
    return [_shape(row, period_totals(row, percents[row["tax_rate_id"]]), changes.get(row["id"])) for row in rows]


def period_totals(row: Mapping[str, Any], percent: Decimal) -> Totals:
    """This function will return what a whole period of a subscription comes to."""
    line = PricedLine(row["quantity"], row["unit_price_minor"], row["tax_rate_id"], percent)
    return totals([line], prices_include_tax=row["prices_include_tax"])


def _shape(row: Mapping[str, Any], amounts: Totals, change: Mapping[str, Any] | None) -> SubscriptionShape:
    return {
        "id": public_id(SUBSCRIPTION, row["id"]),
        "number": row["number"],
        "state": row["state"],
        "customer": public_id(CUSTOMER, row["customer_id"]),
        "variant": public_id(VARIANT, row["variant_id"]),
        "price": public_id(PRICE, row["price_id"]),
        "description": row["description"],
        "quantity": str(row["quantity"]),
        "currency": row["currency"],
        "unit_price_minor": row["unit_price_minor"],
        "prices_include_tax": row["prices_include_tax"],
        "tax_rate": public_id(TAX_RATE, row["tax_rate_id"]),
        "frequency": row["frequency"],
        "net_minor": amounts.net_minor,
        "tax_minor": amounts.tax_minor,
        "total_minor": amounts.total_minor,
        "monthly_minor": half_up(Fraction(amounts.total_minor, MONTHS[row["frequency"]])),
        "collection": row["collection"],
        "start_date": row["start_date"].isoformat(),
        "billing_start_date": row["billing_start_date"].isoformat(),
        "billing_day": row["anchor_day"],
        "contract_months": row["contract_months"],
        "end_date": day(row["end_date"]),
        "early_return_fee_minor": row["early_return_fee_minor"],
        "next_period_start": day(row["next_period_start"]),
        "paused_date": day(row["paused_date"]),
        "resume_date": day(row["resume_date"]),
        "waiting_change": _waiting(change) if change else None,
        "cancelled_at": moment(row["cancelled_at"]) if row["cancelled_at"] else None,
        "cancel_reason": row["cancel_reason"],
        "created_at": moment(row["created_at"]),
        "activated_at": moment(row["activated_at"]) if row["activated_at"] else None,
    }


def _waiting(change: Mapping[str, Any]) -> WaitingChangeShape:
    return {
        "effective_date": change["effective_date"].isoformat(),
        "price": public_id(PRICE, change["price_id"]),
        "quantity": str(change["quantity"]),
    }


def upcoming_shape(each: Upcoming) -> UpcomingPeriodShape:
    """This function will return a period to come."""
    return {
        "period_start": each.period.start.isoformat(),
        "period_end": each.period.end.isoformat(),
        "quantity": str(each.quantity),
        "unit_price_minor": each.unit_price_minor,
        "net_minor": each.net_minor,
        "tax_minor": each.tax_minor,
        "total_minor": each.total_minor,
    }


def period_shape(row: Mapping[str, Any]) -> BilledPeriodShape:
    """This function will return a billed period."""
    return {
        "period_start": row["period_start"].isoformat(),
        "period_end": row["period_end"].isoformat(),
        "invoice": public_id(INVOICE, row["invoice_id"]),
        "invoice_number": row["invoice__number"],
        "line_net_minor": row["line__net_minor"],
        "line_tax_minor": row["line__tax_minor"],
        "billed_at": moment(row["billed_at"]),
    }


def income_shape(income: Income) -> IncomeShape:
    """This function will return what a subscription brought in (E6)."""
    percent = None
    if income.cost_minor:
        percent = f"{Decimal(half_up(Fraction(income.income_minor * 10_000, income.cost_minor))).scaleb(-2):f}"
    return {
        "currency": income.currency,
        "income_minor": income.income_minor,
        "cost_minor": income.cost_minor,
        "recovered_percent": percent,
    }


def preview_lines(lines: Iterable[LineInput], amounts: Totals) -> list[PreviewLineShape]:
    """This function will return the lines of a document that would be issued."""
    return [
        {
            "description": line.description,
            "quantity": str(line.quantity),
            "unit_price_minor": line.unit_price_minor,
            "tax_rate": public_id(TAX_RATE, line.tax_rate_id),
            "is_fee": line.is_fee,
            "net_minor": amount.net_minor,
            "tax_minor": amount.tax_minor,
            "period_start": day(line.period_start),
            "period_end": day(line.period_end),
            "arithmetic": arithmetic_shape(line.arithmetic),
        }
        for line, amount in zip(lines, amounts.lines, strict=True)
    ]


def preview_credits(by_invoice: Mapping[UUID, int], numbers: Mapping[UUID, str]) -> list[PreviewCreditShape]:
    """This function will return the credit notes that would be issued: for each invoice its amount with tax."""
    return [
        {"invoice": public_id(INVOICE, invoice_id), "invoice_number": numbers.get(invoice_id), "total_minor": minor}
        for invoice_id, minor in by_invoice.items()
    ]


def file_shape(row: Mapping[str, Any]) -> ContractFileShape:
    """This function will return a contract file, without its content."""
    return {
        "id": public_id(CONTRACT_FILE, row["id"]),
        "name": row["name"],
        "media_type": row["media_type"],
        "size": row["size"],
        "sha256": row["sha256"],
        "added_at": moment(row["added_at"]),
        "added_by": row["added_by"],
    }
