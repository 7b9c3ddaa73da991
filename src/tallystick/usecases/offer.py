"""What is offered: products, variants, prices and tax rates, added, changed and archived."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from tallystick.catalog import operations as catalog
from tallystick.catalog import queries
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import catalog as wire
from tallystick.wire.catalog import PriceShape, ProductShape, VariantShape
from tallystick.wire.shapes import TaxRateShape

LONGEST_DESCRIPTION = 5000

S = TypeVar("S", ProductShape, VariantShape, PriceShape, TaxRateShape)


@use_case(Permission.CHANGE_CATALOG)
def add_product(
    *, actor: Actor, at: datetime, name: str, description: str = "", idempotency_key: str | None = None
) -> ProductShape:
    """This function will add a product and return it.

    Raises:
        CatalogNameNotAccepted, CatalogNameTaken, InvalidField: when the name or the description cannot be used.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    _check_texts(name=name, description=description)
    product_id = catalog.add_product(name=name, description=description, at=at)
    shape = wire.one_product(product_id)
    audit.record(actor=actor, at=at, action="add_product", kind="product", object_id=product_id, after=shape)
    return shape


@use_case(Permission.CHANGE_CATALOG)
def change_product(
    *,
    actor: Actor,
    at: datetime,
    product_id: UUID,
    changes: Mapping[str, str],
    idempotency_key: str | None = None,
) -> ProductShape:
    """This function will change a product's `name` or `description`; what was issued keeps the old words.

    Raises:
        NotFound, Archived: when there is no such product, or it is archived.
        CatalogNameNotAccepted, CatalogNameTaken, InvalidField: when a value cannot be used.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    _check_names(changes, {"name", "description"})
    _check_texts(**changes)
    return _changed(
        lambda: wire.one_product(product_id),
        lambda: catalog.change_product(product_id, changes),
        action="change_product",
        kind="product",
        object_id=product_id,
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_CATALOG)
def archive_product(
    *, actor: Actor, at: datetime, product_id: UUID, idempotency_key: str | None = None
) -> ProductShape:
    """This function will archive a product: none of its prices can be chosen anew, live subscriptions go on.

    Raises:
        NotFound, Archived: when there is no such product, or it is archived already.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    return _changed(
        lambda: wire.one_product(product_id),
        lambda: catalog.archive_product(product_id, at=at),
        action="archive_product",
        kind="product",
        object_id=product_id,
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_CATALOG)
def add_variant(
    *,
    actor: Actor,
    at: datetime,
    product_id: UUID,
    name: str,
    cost_minor: int | None = None,
    cost_currency: str = "",
    idempotency_key: str | None = None,
) -> VariantShape:
    """This function will add a variant of a product and return it; its cost is what cost recovery is about (E6).

    Raises:
        NotFound, Archived: when there is no such product, or it is archived.
        CatalogNameNotAccepted, CatalogNameTaken, InvalidField: when a value cannot be used.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    _check_texts(name=name)
    variant_id = catalog.add_variant(
        product_id=product_id, name=name, cost_minor=cost_minor, cost_currency=cost_currency, at=at
    )
    shape = wire.one_variant(variant_id, tells_cost=True)
    audit.record(actor=actor, at=at, action="add_variant", kind="variant", object_id=variant_id, after=shape)
    return shape


@use_case(Permission.CHANGE_CATALOG)
def change_variant(
    *,
    actor: Actor,
    at: datetime,
    variant_id: UUID,
    changes: Mapping[str, Any],
    idempotency_key: str | None = None,
) -> VariantShape:
    """This function will change a variant's `name`, or its `cost_minor` together with `cost_currency`.

    Raises:
        NotFound, Archived: when there is no such variant, or it is archived.
        CatalogNameNotAccepted, CatalogNameTaken, InvalidField: when a value cannot be used.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    _check_names(changes, {"name", "cost_minor", "cost_currency"})
    _check_texts(name=changes.get("name", ""))
    return _changed(
        lambda: wire.one_variant(variant_id, tells_cost=True),
        lambda: catalog.change_variant(variant_id, changes),
        action="change_variant",
        kind="variant",
        object_id=variant_id,
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_CATALOG)
def archive_variant(
    *, actor: Actor, at: datetime, variant_id: UUID, idempotency_key: str | None = None
) -> VariantShape:
    """This function will archive a variant: none of its prices can be chosen anew, live subscriptions go on.

    Raises:
        NotFound, Archived: when there is no such variant, or it is archived already.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    return _changed(
        lambda: wire.one_variant(variant_id, tells_cost=True),
        lambda: catalog.archive_variant(variant_id, at=at),
        action="archive_variant",
        kind="variant",
        object_id=variant_id,
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_CATALOG)
def add_price(
    *,
    actor: Actor,
    at: datetime,
    variant_id: UUID,
    currency: str,
    frequency: str,
    amount_minor: int,
    tax_rate_id: UUID,
    includes_tax: bool = False,
    idempotency_key: str | None = None,
) -> PriceShape:
    """This function will add a price of a variant (E19) and return it. `amount_minor` is for one unit and period.

    Raises:
        NotFound, Archived: when the variant or the tax rate does not exist, or is archived.
        PriceExists: when there is a current price in this currency, of this frequency, at this tax.
        InvalidField: when a value cannot be used.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    price_id = catalog.add_price(
        variant_id=variant_id,
        currency=currency,
        frequency=frequency,
        amount_minor=amount_minor,
        includes_tax=includes_tax,
        tax_rate_id=tax_rate_id,
        at=at,
    )
    shape = wire.one_price(price_id)
    audit.record(actor=actor, at=at, action="add_price", kind="price", object_id=price_id, after=shape)
    return shape


@use_case(Permission.CHANGE_CATALOG)
def change_price(
    *,
    actor: Actor,
    at: datetime,
    price_id: UUID,
    changes: Mapping[str, Any],
    idempotency_key: str | None = None,
) -> PriceShape:
    """This function will put a new price in the place of one, which is archived, and return the new one.

    `changes` may hold `amount_minor`, `includes_tax` and `tax_rate_id`. Subscriptions keep the price that they have.

    Raises:
        NotFound, Archived, PriceExists, InvalidField: as in `add_price`.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    _check_names(changes, {"amount_minor", "includes_tax", "tax_rate_id"})
    before = wire.one_price(price_id)
    new_id = catalog.change_price(price_id, changes, at=at)
    shape = wire.one_price(new_id)
    for object_id in (price_id, new_id):
        audit.record(
            actor=actor, at=at, action="change_price", kind="price", object_id=object_id, before=before, after=shape
        )
    return shape


@use_case(Permission.CHANGE_CATALOG)
def archive_price(*, actor: Actor, at: datetime, price_id: UUID, idempotency_key: str | None = None) -> PriceShape:
    """This function will archive a price: it cannot be chosen anew, live subscriptions keep it.

    Raises:
        NotFound, Archived: when there is no such price, or it is archived already.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    return _changed(
        lambda: wire.one_price(price_id),
        lambda: catalog.archive_price(price_id, at=at),
        action="archive_price",
        kind="price",
        object_id=price_id,
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_CATALOG)
def add_tax_rate(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    percent: Decimal,
    category: str = "standard",
    country: str = "",
    idempotency_key: str | None = None,
) -> TaxRateShape:
    """This function will add a tax rate and return it. `percent` is 20 for 20 %.

    Raises:
        CatalogNameNotAccepted, CatalogNameTaken: when the name is empty or too long, or another rate has or had it.
        InvalidField: when the percentage, category or country cannot be used.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    _check_texts(name=name)
    rate_id = catalog.add_tax_rate(name=name, percent=percent, category=category, country=country)
    shape = wire.tax_rate_shape(queries.tax_rate(rate_id))
    audit.record(actor=actor, at=at, action="add_tax_rate", kind="tax_rate", object_id=rate_id, after=shape)
    return shape


@use_case(Permission.CHANGE_CATALOG)
def archive_tax_rate(*, actor: Actor, at: datetime, rate_id: UUID, idempotency_key: str | None = None) -> TaxRateShape:
    """This function will archive a tax rate: it cannot be chosen anew, prices and documents that have it keep it.

    Raises:
        NotFound, Archived: when there is no such rate, or it is archived already.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_CATALOG)
    return _changed(
        lambda: wire.tax_rate_shape(queries.tax_rate(rate_id)),
        lambda: catalog.archive_tax_rate(rate_id, at=at),
        action="archive_tax_rate",
        kind="tax_rate",
        object_id=rate_id,
        actor=actor,
        at=at,
    )


def _changed(
    read: Callable[[], S],
    change: Callable[[], None],
    *,
    action: str,
    kind: str,
    object_id: UUID,
    actor: Actor,
    at: datetime,
) -> S:
    before = read()
    change()
    after = read()
    audit.record(actor=actor, at=at, action=action, kind=kind, object_id=object_id, before=before, after=after)
    return after


def _check_names(changes: Mapping[str, Any], known: set[str]) -> None:
    for field in changes:
        if field not in known:
            raise InvalidField(name=field, reason="This cannot be changed.")


def _check_texts(*, name: str = "", description: str = "") -> None:
    refuse_card_numbers(name=name, description=description)
    if len(description) > LONGEST_DESCRIPTION:
        raise InvalidField(name="description", reason=f"A description has at most {LONGEST_DESCRIPTION} characters.")
