"""Reading the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from tallystick.catalog.models import Price, Product, TaxRate, Variant
from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page

TAX_ON_USE: Final = "No tax before use"
NO_TAX_ON_DAMAGES: Final = "No tax on late fees"

PRODUCT_FIELDS = ("id", "name", "description", "created_at", "archived_at")
VARIANT_FIELDS = (
    "id",
    "product_id",
    "product__name",
    "name",
    "cost_minor",
    "cost_currency",
    "created_at",
    "archived_at",
)
PRICE_FIELDS = (
    "id",
    "variant_id",
    "variant__name",
    "variant__product_id",
    "variant__product__name",
    "currency",
    "frequency",
    "amount_minor",
    "includes_tax",
    "tax_rate_id",
    "created_at",
    "archived_at",
)


@dataclass(frozen=True)
class TaxRateFacts:
    """A tax rate as documents use it: percent is 20 for 20 %."""

    id: UUID
    name: str
    percent: Decimal
    category: str
    country: str
    is_archived: bool


@dataclass(frozen=True)
class PriceFacts:
    """A price as subscriptions take it over: for one unit and period, in minor units."""

    id: UUID
    variant_id: UUID
    product_name: str
    variant_name: str
    currency: str
    frequency: str
    amount_minor: int
    includes_tax: bool
    tax_rate_id: UUID
    # Whether it can still be chosen: nothing of price, variant, product and tax rate is archived.
    is_current: bool

    @property
    def description(self) -> str:
        """What lines say: product and variant."""
        return f"{self.product_name} – {self.variant_name}"


@dataclass(frozen=True)
class PriceFilter:
    """Which prices a list shows. Empty fields do not narrow."""

    variant_id: UUID | None = None
    product_id: UUID | None = None
    currency: str = ""
    frequency: str = ""
    with_archived: bool = False


def tax_rates(*, with_archived: bool = False) -> list[TaxRateFacts]:
    """This function will return the tax rates that can be chosen (or all), in the order of their names."""
    rows = TaxRate.objects.all() if with_archived else TaxRate.objects.filter(archived_at=None)
    return [_rate_facts(row) for row in rows.order_by("name")]


def tax_rates_by_id(ids: Iterable[UUID]) -> dict[UUID, TaxRateFacts]:
    """This function will return the named rates, archived ones too.

    Raises:
        NotFound: when one of them does not exist.
    """
    wanted = set(ids)
    found = {row.id: _rate_facts(row) for row in TaxRate.objects.filter(id__in=wanted)}
    if found.keys() != wanted:
        raise NotFound(kind="tax rate")
    return found


def tax_rate(rate_id: UUID) -> TaxRateFacts:
    """This function will return a tax rate.

    Raises:
        NotFound: when there is none.
    """
    return tax_rates_by_id([rate_id])[rate_id]


def products_page(*, search: str = "", with_archived: bool = False, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of products by name; `search` finds a part of it."""
    rows = Product.objects.all() if with_archived else Product.objects.filter(archived_at=None)
    if search:
        rows = rows.filter(name__icontains=search)
    return page(rows.values(*PRODUCT_FIELDS), order=("name", "id"), cursor=cursor, limit=limit)


def product(product_id: UUID) -> dict[str, Any]:
    """This function will return a product's columns.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = Product.objects.filter(id=product_id).values(*PRODUCT_FIELDS).first()
    if row is None:
        raise NotFound(kind="product")
    return row


def variants_page(
    *,
    product_id: UUID | None = None,
    search: str = "",
    with_archived: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> Page:
    """This function will return a page of variants by name; `search` finds a part of it, or of the product's."""
    rows = Variant.objects.all()
    if not with_archived:
        rows = rows.filter(archived_at=None, product__archived_at=None)
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(product__name__icontains=search))
    return page(rows.values(*VARIANT_FIELDS), order=("name", "id"), cursor=cursor, limit=limit)


def variant(variant_id: UUID) -> dict[str, Any]:
    """This function will return a variant's columns, with the name of its product.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = Variant.objects.filter(id=variant_id).values(*VARIANT_FIELDS).first()
    if row is None:
        raise NotFound(kind="variant")
    return row


def prices_page(wanted: PriceFilter, *, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of prices, newest first, with the names of product and variant."""
    rows = Price.objects.all() if wanted.with_archived else _choosable(Price.objects.all())
    exact = {
        "variant_id": wanted.variant_id,
        "variant__product_id": wanted.product_id,
        "currency": wanted.currency,
        "frequency": wanted.frequency,
    }
    rows = rows.filter(**{column: value for column, value in exact.items() if value})
    return page(rows.values(*PRICE_FIELDS), order=("-created_at", "-id"), cursor=cursor, limit=limit)


def found_prices(text: str = "", *, currency: str = "", limit: int = 8) -> list[dict[str, Any]]:
    """This function will return prices that can be chosen and whose product and variant have each word of a text."""
    rows = _choosable(Price.objects.all())
    if currency:
        rows = rows.filter(currency=currency)
    for word in text.split():
        rows = rows.filter(Q(variant__name__icontains=word) | Q(variant__product__name__icontains=word))
    order = ("variant__product__name", "variant__name", "currency", "amount_minor", "id")
    return list(rows.order_by(*order).values(*PRICE_FIELDS)[:limit])


def variants_of(product_ids: Iterable[UUID], *, with_archived: bool = False) -> list[dict[str, Any]]:
    """This function will return the variants of several products by name."""
    rows = Variant.objects.filter(product_id__in=set(product_ids))
    if not with_archived:
        rows = rows.filter(archived_at=None)
    return list(rows.order_by("name", "id").values(*VARIANT_FIELDS))


def prices_of(product_ids: Iterable[UUID], *, with_archived: bool = False) -> list[dict[str, Any]]:
    """This function will return the prices of several products, by currency, the cheapest first."""
    rows = Price.objects.filter(variant__product_id__in=set(product_ids))
    if not with_archived:
        rows = rows.filter(archived_at=None)
    return list(rows.order_by("currency", "amount_minor", "-created_at", "id").values(*PRICE_FIELDS))


def price_row(price_id: UUID) -> dict[str, Any]:
    """This function will return a price's columns, with the names of product and variant.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = Price.objects.filter(id=price_id).values(*PRICE_FIELDS).first()
    if row is None:
        raise NotFound(kind="price")
    return row


def price(price_id: UUID) -> PriceFacts:
    """This function will return a price as a subscription takes it over.

    Raises:
        NotFound: when there is none.
    """
    found = prices_by_id([price_id]).get(price_id)
    if found is None:
        raise NotFound(kind="price")
    return found


def prices_by_id(ids: Iterable[UUID]) -> dict[UUID, PriceFacts]:
    """This function will return prices as subscriptions take them over, by id, in one query."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = Price.objects.filter(id__in=wanted).select_related("variant__product", "tax_rate")
    return {row.id: _price_facts(row) for row in rows}


def product_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """This function will return the names of several products by id."""
    return dict(Product.objects.filter(id__in=set(ids)).values_list("id", "name"))


def variant_names(ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """This function will return the names of product and variant as they are now, by the variants' ids."""
    rows = Variant.objects.filter(id__in=set(ids)).values_list("id", "product__name", "name")
    return {variant_id: (product_name, name) for variant_id, product_name, name in rows}


def _choosable(rows: Any) -> Any:
    """The prices of which nothing is archived."""
    return rows.filter(
        archived_at=None, variant__archived_at=None, variant__product__archived_at=None, tax_rate__archived_at=None
    )


def _rate_facts(row: TaxRate) -> TaxRateFacts:
    return TaxRateFacts(
        id=row.id,
        name=row.name,
        percent=row.percent,
        category=row.category,
        country=row.country,
        is_archived=row.archived_at is not None,
    )


def _price_facts(row: Price) -> PriceFacts:
    parts = (row.archived_at, row.variant.archived_at, row.variant.product.archived_at, row.tax_rate.archived_at)
    return PriceFacts(
        id=row.id,
        variant_id=row.variant_id,
        product_name=row.variant.product.name,
        variant_name=row.variant.name,
        currency=row.currency,
        frequency=row.frequency,
        amount_minor=row.amount_minor,
        includes_tax=row.includes_tax,
        tax_rate_id=row.tax_rate_id,
        is_current=not any(parts),
    )
