"""The public shape of what the next months bring, as it stands and with a change."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.wire.shapes import CurrencyCode, Minor


class ForeseenShape(TypedDict):
    """What a month brings in one currency."""

    invoices: Annotated[int, Field(description="How many invoices the bill runs of the month issue.", examples=[12])]
    invoiced_minor: Minor
    cash_minor: Annotated[
        Minor, Field(description="What is due in the month: of these invoices, and of those that are open today.")
    ]


class ForeseenMonthShape(TypedDict):
    """A month as it stands, and with the change; without a change the two are the same."""

    month: Annotated[str, Field(description="Its first day.", examples=["2026-12-01"])]
    as_it_stands: ForeseenShape
    with_change: ForeseenShape
    difference: ForeseenShape


class ForeseenCurrencyShape(TypedDict):
    """The months of one currency, and what all of them bring."""

    currency: CurrencyCode
    months: list[ForeseenMonthShape]
    difference: ForeseenShape


class WhatIfShape(TypedDict):
    """What the next months bring. Nothing of it happened."""

    until: Annotated[str, Field(description="The last day that was looked at.", examples=["2027-11-30"])]
    currencies: list[ForeseenCurrencyShape]
    failed: Annotated[int, Field(description="How much could not be billed, with the change.", examples=[0])]
