"""The public shapes of bill runs and of their previews. Amounts are minor units, with tax."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.subscriptions import run_queries
from tallystick.subscriptions.bill_plan import Failure
from tallystick.subscriptions.bill_runs import Billed
from tallystick.wire.builders import BILLING_GROUP, moment
from tallystick.wire.references import SUBSCRIPTION
from tallystick.wire.shapes import BillingGroupId, CurrencyCode, Day, Minor, Moment, Row, SubscriptionId

BILL_RUN: Final = "run"
# How many failures a run tells of itself; the others are on their own pages.
SHOWN_FAILURES: Final = 100

BillRunId = Annotated[str, Field(examples=["run_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class BilledShape(TypedDict):
    """What was billed in one currency."""

    currency: CurrencyCode
    invoices: Annotated[int, Field(description="How many invoices.", examples=[12])]
    periods: Annotated[int, Field(description="How many periods of subscriptions are on them.", examples=[40])]
    total_minor: Minor


class BillFailureShape(TypedDict):
    """A subscription, or a group, that could not be billed."""

    subscription: SubscriptionId | None
    billing_group: BillingGroupId | None
    code: Annotated[str, Field(description="A stable word for programs.", examples=["no_exchange_rate"])]
    detail: Annotated[str, Field(description="A sentence for people, with what to do.")]


class BillRunShape(TypedDict):
    """A run that bills everything due on a day, and how far it is."""

    id: BillRunId
    as_of_date: Day
    started_at: Moment
    started_by: str
    finished_at: Annotated[Moment | None, Field(description="Null while the run goes on.")]
    billed: Annotated[list[BilledShape], Field(description="What it billed so far, by currency.")]
    failed: Annotated[int, Field(description="How much it could not bill so far.", examples=[0])]
    failures: Annotated[list[BillFailureShape], Field(description=f"The first {SHOWN_FAILURES} of them.")]


class BilledGroupShape(TypedDict):
    """What a group would be billed."""

    billing_group: BillingGroupId
    name: str
    billed: list[BilledShape]


class BillPreviewShape(TypedDict):
    """What a run would bill."""

    as_of_date: Day
    billed: Annotated[list[BilledShape], Field(description="By currency, groups included.")]
    groups: Annotated[list[BilledGroupShape], Field(description="What of it is billed to billing groups.")]
    failed: Annotated[int, Field(description="How much could not be billed.", examples=[0])]
    failures: Annotated[list[BillFailureShape], Field(description=f"The first {SHOWN_FAILURES} of them.")]


def run_shapes(rows: Sequence[Row]) -> list[BillRunShape]:
    """This function will return many runs, without their failures one by one."""
    ids = [row["id"] for row in rows]
    sums, failed = run_queries.sums_of(ids), run_queries.failure_counts(ids)
    return [
        {
            "id": public_id(BILL_RUN, row["id"]),
            "as_of_date": row["as_of_date"].isoformat(),
            "started_at": moment(row["started_at"]),
            "started_by": row["started_by"],
            "finished_at": moment(row["finished_at"]) if row["finished_at"] else None,
            "billed": [
                {
                    "currency": each["currency"],
                    "invoices": each["invoices"],
                    "periods": each["periods"],
                    "total_minor": int(each["total_minor"]),
                }
                for each in sums[row["id"]]
            ],
            "failed": failed.get(row["id"], 0),
            "failures": [],
        }
        for row in rows
    ]


def one_run(run_id: UUID) -> BillRunShape:
    """This function will read a run and return its shape, with its first failures.

    Raises:
        NotFound: when there is none.
    """
    (shape,) = run_shapes([run_queries.run(run_id)])
    found = run_queries.failures_page(run_id, limit=SHOWN_FAILURES).rows if shape["failed"] else []
    shape["failures"] = [failure_shape(row) for row in found]
    return shape


def failure_shape(row: Row) -> BillFailureShape:
    """This function will return a failure."""
    return {
        "subscription": row["subscription_id"] and public_id(SUBSCRIPTION, row["subscription_id"]),
        "billing_group": row["group_id"] and public_id(BILLING_GROUP, row["group_id"]),
        "code": row["code"],
        "detail": row["sentence"],
    }


def failure_told(failure: Failure) -> BillFailureShape:
    """This function will return a failure that stands in no table yet."""
    return failure_shape(
        {
            "subscription_id": failure.subscription_id,
            "group_id": failure.group_id,
            "code": failure.code,
            "sentence": failure.sentence,
        }
    )


def preview_shape(
    as_of_date: date,
    billed: Mapping[str, Billed],
    groups: Mapping[UUID, Mapping[str, Billed]],
    failures: Sequence[Failure],
) -> BillPreviewShape:
    """This function will return what a run would bill."""
    names = customers.group_names(groups)
    return {
        "as_of_date": as_of_date.isoformat(),
        "billed": _billed(billed),
        "groups": [
            {"billing_group": public_id(BILLING_GROUP, group_id), "name": names[group_id], "billed": _billed(each)}
            for group_id, each in sorted(groups.items(), key=lambda item: (names[item[0]], item[0]))
            if each
        ],
        "failed": len(failures),
        "failures": [failure_told(failure) for failure in failures[:SHOWN_FAILURES]],
    }


def _billed(by_currency: Mapping[str, Billed]) -> list[BilledShape]:
    return [
        {"currency": currency, "invoices": each.invoices, "periods": each.periods, "total_minor": each.total_minor}
        for currency, each in sorted(by_currency.items())
    ]
