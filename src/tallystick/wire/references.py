"""How invoices and payments point at the subscription that they are for, and say how a part was computed."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from tallystick.foundation.ids import public_id
from tallystick.invoices.totals import PricedLine, totals
from tallystick.money.rounding import half_up
from tallystick.subscriptions.references import Reference
from tallystick.subscriptions.schedule import MONTHS
from tallystick.wire.shapes import ArithmeticShape, SubscriptionReferenceShape

SUBSCRIPTION = "sub"


def only_subscription(found: Iterable[Reference]) -> SubscriptionReferenceShape | None:
    """This function will return what points at a subscription, when there is exactly one."""
    distinct = {each.id: each for each in found}
    if len(distinct) != 1:
        return None
    (each,) = distinct.values()
    line = PricedLine(each.quantity, each.unit_price_minor, each.tax_rate_id, each.tax_percent)
    total = totals([line], prices_include_tax=each.prices_include_tax).total_minor
    return {
        "id": public_id(SUBSCRIPTION, each.id),
        "number": each.number,
        "description": each.description,
        "monthly_minor": half_up(Fraction(total, MONTHS[each.frequency])),
        "currency": each.currency,
    }


def arithmetic_shape(facts: Mapping[str, Any] | None) -> ArithmeticShape | None:
    """This function will return how the amount of a part of a period was computed, if the line is for one."""
    if facts is None:
        return None
    return {
        "days": facts["days"],
        "of_days": facts["of_days"],
        "price_minor": facts["price_minor"],
        "quantity": facts["quantity"],
    }
