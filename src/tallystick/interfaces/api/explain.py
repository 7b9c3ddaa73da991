"""`/explain`: what makes an amount."""

from typing import Annotated, Any

from ninja import Query
from pydantic import Field

from tallystick.foundation import clock
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.ids import parse_public_id
from tallystick.interfaces.api.door import Request, Room, viewer
from tallystick.interfaces.api.inputs import Day, an_id
from tallystick.interfaces.api.inputs import line as one_line
from tallystick.interfaces.api.lists import PageQuery
from tallystick.reports.explain.numbers import Subject
from tallystick.usecases import explain
from tallystick.wire.builders import day, moment
from tallystick.wire.explain import (
    ABOUT,
    NUMBER_WORDS,
    ExplanationShape,
    excluded_shapes,
    formula_of,
    part_id_of,
    part_shape,
)
from tallystick.wire.shapes import one_of
from tallystick.wire.statements import AGE_WORDS

router = Room(tags=["explain"])


class ExplainQuery(PageQuery):
    """Which number, and what it is about."""

    number: Annotated[str, one_line(40), one_of(NUMBER_WORDS, example="customer.owes")] = ""
    customer: Annotated[str, an_id("cus", "the customer")] = ""
    invoice: Annotated[str, an_id("inv", "the invoice")] = ""
    payment: Annotated[str, an_id("pay", "the payment")] = ""
    credit_note: Annotated[str, an_id("crn", "the credit note")] = ""
    allocation: Annotated[str, an_id("alc", "the allocation")] = ""
    subscription: Annotated[str, an_id("sub", "the subscription")] = ""
    tax_rate: Annotated[str, an_id("tax", "the tax rate")] = ""
    line: Annotated[str, an_id("lin", "the line of an invoice")] = ""
    account: Annotated[str, one_line(4), Field(description="The code of an account.", examples=["1200"])] = ""
    currency: Annotated[str, one_line(3), Field(description="ISO 4217 code.", examples=["EUR"])] = ""
    age: Annotated[str, one_line(20), one_of(AGE_WORDS, example="days_1_30")] = ""
    first_day: Annotated[Day | None, Field(description="The first day, of a number over some days.")] = None
    until: Annotated[
        Day | None,
        Field(
            description="The last day whose entries count. Without it that is today for the sums over all customers "
            "and for ages; of anything else all entries count."
        ),
    ] = None
    part: Annotated[str, one_line(80), Field(description="The id of one part, to have all of its leaves.")] = ""


@router.get("", response=ExplanationShape, summary="Explain a number", operation_id="explain_number")
def explain_number(request: Request, query: Query[ExplainQuery]) -> ExplanationShape:
    """Answers with the rule that makes a number, its parts down to postings, and what does not count in it. The leaves
    of all parts add up to the number; parts that come to nothing are counted only. What the number does not take is
    refused, and the error says what it takes. Needs `view`, and for the sums over all customers a key that is not
    narrowed to one.
    """
    actor = viewer(request)
    if not query.number:
        raise InvalidField(name="number", reason="Say which number.")
    about: dict[str, Any] = {
        name: parse_public_id(prefix, text, kind=name.replace("_", " "))
        for name, prefix in ABOUT.items()
        if (text := getattr(query, name))
    }
    told = explain.explain(
        actor=actor,
        at=clock.now(),
        name=query.number,
        subject=Subject(
            **about,
            account=query.account,
            currency=query.currency,
            age=query.age,
            first_day=query.first_day,
            until=query.until,
        ),
        part=part_id_of(query.part) if query.part else None,
        cursor=query.cursor,
        limit=query.limit,
    )
    return {
        "number": told.number.name,
        "formula": formula_of(told.number),
        "amount_minor": told.total.minor,
        "currency": told.currency,
        "as_of": moment(told.at),
        "until": day(told.day),
        "parts": [part_shape(part) for part in told.parts],
        "parts_level": told.total.level,
        "excluded": excluded_shapes(told.excluded),
        "next_cursor": told.next_cursor or None,
    }
