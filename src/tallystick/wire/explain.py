"""An explained number as API answers tell it."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.reports.explain.answers import MOST_EXCLUDED, Excluded, Leaf, Part
from tallystick.reports.explain.numbers import Number
from tallystick.reports.explain.registry import NUMBERS
from tallystick.wire import references
from tallystick.wire.builders import (
    ALLOCATION,
    CREDIT_NOTE,
    CUSTOMER,
    GATEWAY_ACCOUNT,
    INVOICE,
    INVOICE_LINE,
    PAYMENT,
    TAX_RATE,
)
from tallystick.wire.catalog import PRODUCT
from tallystick.wire.disputes import DISPUTE
from tallystick.wire.shapes import CurrencyCode, Day, Minor, Moment, one_of
from tallystick.wire.vouchers import VOUCHER_BATCH
from tallystick.wire.wallets import LOT

# What numbers are about, by the prefixes of public ids; other facts of it are written as they are.
ABOUT = {
    "customer": CUSTOMER,
    "invoice": INVOICE,
    "payment": PAYMENT,
    "credit_note": CREDIT_NOTE,
    "subscription": references.SUBSCRIPTION,
    "tax_rate": TAX_RATE,
    "line": INVOICE_LINE,
    "allocation": ALLOCATION,
}
# What can be a part, by its kind; anything else is called by a name that its number alone knows.
_PARTS: Final = {
    **ABOUT,
    "lot": LOT,
    "product": PRODUCT,
    "dispute": DISPUTE,
    "voucher_batch": VOUCHER_BATCH,
    "gateway_account": GATEWAY_ACCOUNT,
}
_ANYTHING: Final = "prt"
PART_KINDS = {
    "customer": "a customer.",
    "invoice": "an invoice.",
    "payment": "a payment.",
    "credit_note": "a credit note.",
    "tax_rate": "a tax rate.",
    "line": "a line of an invoice.",
    "lot": "a lot of prepaid money.",
    "product": "a product.",
    "dispute": "a dispute.",
    "voucher_batch": "a batch of vouchers.",
    "gateway_account": "an account at a payment service.",
    "": "something else.",
}
REASONS = {
    "pending": "expected or promised: no money has moved.",
    "processing": "a gateway is at it.",
    "failed": "no money moved.",
    "cancelled": "it will not come.",
    "superseded": "the money came in another payment.",
    "reversed": "the record was wrong, and counts in no sum.",
    "released": "the allocation was undone.",
    "refunded": "a refund takes nothing off what came in.",
    "disputed": "lost in a dispute: the payer's bank took it back.",
    "draft": "a draft claims nothing.",
    "request": "a top-up request is no claim.",
    "void": "the claim was withdrawn.",
    "later": "it counts from a later day on, or was recorded later.",
    "not_due": "it is not overdue yet.",
    "other_age": "it is of another age.",
    "other_currency": "currencies are never added up.",
}
NUMBER_WORDS = {name: str(number.formula) for name, number in NUMBERS.items()}

ObjectId = Annotated[str | None, Field(examples=["inv_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class LeafShape(TypedDict):
    """One posting; or an object for which nothing was posted, which has no rule."""

    date: Day
    amount_minor: Annotated[Minor, Field(description="With the sign that it has in the number.")]
    rule: Annotated[str | None, Field(description="The rule of its entry in the chart.", examples=["J04"])]
    account: Annotated[str | None, Field(description="Its account in the chart.", examples=["2100"])]


class PartShape(TypedDict):
    """What one object adds to the number."""

    kind: Annotated[str, one_of(PART_KINDS, example="invoice")]
    id: Annotated[
        str,
        Field(
            description="What `part` takes; of `something else` it says nothing beside that.",
            examples=["inv_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"],
        ),
    ]
    name: Annotated[str, Field(examples=["INV-2026-00001"])]
    amount_minor: Minor
    leaves: Annotated[list[LeafShape], Field(description="The first ten; name the part to have all.")]
    leaves_count: Annotated[int, Field(examples=[2])]


class ExcludedShape(TypedDict):
    """Something that does not count, and why."""

    reason: Annotated[str, one_of(REASONS, example="pending")]
    kind: Annotated[str, one_of(PART_KINDS, example="payment")]
    id: ObjectId
    name: str
    amount_minor: Minor
    currency: CurrencyCode


class ExplanationShape(TypedDict):
    """A number, the rule that makes it, and a page of its parts."""

    number: Annotated[str, one_of(NUMBER_WORDS, example="customer.owes")]
    formula: Annotated[str, Field(description="The rule in words.")]
    amount_minor: Minor
    currency: CurrencyCode
    as_of: Moment
    until: Annotated[Day | None, Field(description="The last day whose entries count; null: all do.")]
    parts: Annotated[list[PartShape], Field(description="By date; those that come to nothing are left out.")]
    parts_level: Annotated[int, Field(description="How many parts come to nothing.", examples=[0])]
    excluded: Annotated[list[ExcludedShape], Field(description="What does not count: fifty at most.")]
    next_cursor: Annotated[str | None, Field(description="What `cursor` takes to go on; null at the end.")]


def part_id(part: Part) -> str:
    """This function will return what a part is called by, to ask for all of its leaves."""
    return public_id(_PARTS.get(part.kind, _ANYTHING), part.id)


def part_id_of(text: str) -> UUID:
    """This function will return the id behind what a part is called by.

    Raises:
        NotFound: when nothing can be called so.
    """
    prefix = text.partition("_")[0]
    if prefix not in {*_PARTS.values(), _ANYTHING}:
        raise NotFound(kind="part")
    return parse_public_id(prefix, text, kind="part")


def part_shape(part: Part) -> PartShape:
    """This function will return a part with the leaves that were read."""
    return {
        "kind": part.kind,
        "id": part_id(part),
        "name": part.name,
        "amount_minor": part.minor,
        "leaves": [_leaf_shape(leaf) for leaf in part.leaves],
        "leaves_count": part.count,
    }


def excluded_shapes(found: list[Excluded]) -> list[ExcludedShape]:
    """This function will return what does not count."""
    return [
        {
            "reason": each.reason,
            "kind": each.kind,
            "id": public_id(_PARTS[each.kind], each.id) if each.id and each.kind in _PARTS else None,
            "name": each.name,
            "amount_minor": each.minor,
            "currency": each.currency,
        }
        for each in found[:MOST_EXCLUDED]
    ]


def formula_of(number: Number) -> str:
    """This function will return the rule of a number in words."""
    return str(number.formula)


def _leaf_shape(leaf: Leaf) -> LeafShape:
    return {"date": leaf.day.isoformat(), "amount_minor": leaf.minor, "rule": leaf.rule, "account": leaf.account}
