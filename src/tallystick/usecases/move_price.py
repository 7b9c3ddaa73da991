"""A price increase for many: every subscription of a price takes another one at its next renewal."""

from datetime import datetime
from uuid import UUID

from tallystick.catalog.queries import PriceFacts, price
from tallystick.foundation import audit
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.subscriptions import plans
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.usecases.subscribe import choosable
from tallystick.wire.catalog import PRICE
from tallystick.wire.subscriptions import PriceMoveShape


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def preview_price_move(*, actor: Actor, at: datetime, price_id: UUID, to_price_id: UUID) -> PriceMoveShape:
    """This function will tell how many live subscriptions of a price would take another one at their renewal.

    Raises:
        as `move_price`.
    """
    require_unscoped(actor, Permission.CHANGE_SUBSCRIPTIONS)
    _require_fit(price_id, to_price_id)
    return _moved(price_id, to_price_id, plans.count_for_all(price_id, today=local_date(at)))


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def move_price(
    *, actor: Actor, at: datetime, price_id: UUID, to_price_id: UUID, idempotency_key: str | None = None
) -> PriceMoveShape:
    """This function will let every live subscription of a price take another one at its next renewal.

    Whoever waits for another price already is left out.

    Raises:
        NotFound, Archived: when one of the prices does not exist, or the new one cannot be chosen.
        InvalidField: when they are not of one variant and currency.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_SUBSCRIPTIONS)
    chosen = _require_fit(price_id, to_price_id)
    noted = plans.plan_for_all(price_id, to=chosen, today=local_date(at), by=actor.label, at=at)
    shape = _moved(price_id, to_price_id, noted)
    audit.record(actor=actor, at=at, action="move_price", kind="price", object_id=price_id, after=shape)
    return shape


def _require_fit(price_id: UUID, to_price_id: UUID) -> PriceFacts:
    before, chosen = price(price_id), choosable(to_price_id)
    if (before.variant_id, before.currency) != (chosen.variant_id, chosen.currency) or price_id == to_price_id:
        raise InvalidField(name="to", reason="Choose another price of the same variant, in the same currency.")
    return chosen


def _moved(price_id: UUID, to_price_id: UUID, taking: int) -> PriceMoveShape:
    return {
        "price": public_id(PRICE, price_id),
        "to": public_id(PRICE, to_price_id),
        "subscriptions": taking,
        "left_out": plans.count_live(price_id) - taking,
    }
