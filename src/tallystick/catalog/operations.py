"""Writing the catalogue: added, renamed, archived. Nothing is deleted, and a changed price is a new row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final, TypeVar
from uuid import UUID

from django.db import models
from django_integrity.conversion import Named, refine_integrity_error

from tallystick.catalog.models import Price, Product, TaxRate, Variant
from tallystick.catalog.queries import NO_TAX_ON_DAMAGES, TAX_ON_USE
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import Conflict, Invalid, InvalidField, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import execute
from tallystick.foundation.transactions import needs_transaction
from tallystick.money.amounts import LARGEST_MINOR

LONGEST_NAME = 120
LONGEST_RATE_NAME = 60

_OUTSIDE: Final = (
    "INSERT INTO catalog_taxrate (id, name, percent, category, country) VALUES (%s, %s, 0, 'outside_scope', '') "
    "ON CONFLICT (name) DO NOTHING"
)

M = TypeVar("M", bound=models.Model)


@dataclass(kw_only=True, eq=False)
class CatalogNameNotAccepted(Invalid):
    """Everything in the catalogue has a name."""

    code: ClassVar[str] = "catalog_name_not_accepted"
    sentence: ClassVar[str] = "Enter a name of 1 to {longest} characters for this {kind}."
    field: ClassVar[str | None] = "name"

    kind: str
    longest: int


@dataclass(kw_only=True, eq=False)
class CatalogNameTaken(Conflict):
    """Two things of one kind cannot be told apart by one name."""

    code: ClassVar[str] = "catalog_name_taken"
    sentence: ClassVar[str] = "There is a {kind} called “{taken}” already."
    field: ClassVar[str | None] = "name"

    kind: str
    taken: str


@dataclass(kw_only=True, eq=False)
class Archived(Conflict):
    """What is archived goes on where it is in use, and cannot be chosen or changed any more."""

    code: ClassVar[str] = "archived"
    sentence: ClassVar[str] = "This {kind} is archived: where it is in use it goes on, but it cannot be chosen anew."

    kind: str


@dataclass(kw_only=True, eq=False)
class PriceExists(Conflict):
    """A variant has one current price for each currency, frequency and tax."""

    code: ClassVar[str] = "price_exists"
    sentence: ClassVar[str] = (
        "This variant has a current price in {currency}, {frequency}, at this tax rate. Change that one instead."
    )

    currency: str
    frequency: str


@needs_transaction
def add_tax_rate(*, name: str, percent: Decimal, category: str, country: str) -> UUID:
    """This function will add a tax rate and return its id. `percent` is 20 for 20 %.

    Raises:
        CatalogNameNotAccepted, CatalogNameTaken: when the name is empty or too long, or another rate has or had it.
        InvalidField: when the percentage, category or country cannot be used.
    """
    if category not in TaxRate.Category.values:
        raise InvalidField(name="category", reason="A tax is standard, zero, exempt, reverse_charge or outside_scope.")
    if not 0 <= percent <= 100 or percent != round(percent, 4):
        raise InvalidField(name="percent", reason="A percentage is 0 to 100, with at most four decimal places.")
    if percent and category != TaxRate.Category.STANDARD:
        raise InvalidField(name="percent", reason="Only a standard rate has a percentage; all others are 0.")
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise InvalidField(name="country", reason="A country is an ISO 3166 code of two letters, such as DE.")
    named = _name(name, kind="tax rate", longest=LONGEST_RATE_NAME)
    taken = CatalogNameTaken(kind="tax rate", taken=named)
    with refine_integrity_error([(Named("catalog_taxrate_name_key"), taken)]):
        return TaxRate.objects.create(name=named, percent=percent, category=category, country=country).id


@needs_transaction
def archive_tax_rate(rate_id: UUID, *, at: datetime) -> None:
    """This function will archive a tax rate: documents and prices that have it keep it.

    Raises:
        NotFound, Archived: when there is none, or it is archived already.
    """
    _archive(TaxRate, rate_id, kind="tax rate", at=at)


@needs_transaction
def add_product(*, name: str, description: str, at: datetime) -> UUID:
    """This function will add a product and return its id.

    Raises:
        CatalogNameNotAccepted, CatalogNameTaken: as the names say.
    """
    named = _name(name, kind="product")
    with refine_integrity_error([(Named("one_product_of_a_name"), CatalogNameTaken(kind="product", taken=named))]):
        return Product.objects.create(name=named, description=description, created_at=at).id


@needs_transaction
def change_product(product_id: UUID, changes: Mapping[str, str]) -> None:
    """This function will change a product's `name` or `description`. What was issued keeps the old words.

    Raises:
        NotFound, Archived, CatalogNameNotAccepted, CatalogNameTaken: as the names say.
    """
    row = _current(Product, product_id, kind="product")
    if "name" in changes:
        row.name = _name(changes["name"], kind="product")
    if "description" in changes:
        row.description = changes["description"]
    with refine_integrity_error([(Named("one_product_of_a_name"), CatalogNameTaken(kind="product", taken=row.name))]):
        row.save(update_fields=["name", "description"])


@needs_transaction
def archive_product(product_id: UUID, *, at: datetime) -> None:
    """This function will archive a product; with it none of its variants and prices can be chosen anew.

    Raises:
        NotFound, Archived: when there is none, or it is archived already.
    """
    _archive(Product, product_id, kind="product", at=at)


@needs_transaction
def add_variant(*, product_id: UUID, name: str, cost_minor: int | None, cost_currency: str, at: datetime) -> UUID:
    """This function will add a variant of a product and return its id.

    `cost_minor` is what one unit cost the business, in minor units of `cost_currency`; None when it is not known.

    Raises:
        NotFound, Archived: when there is no such product, or it is archived.
        CatalogNameNotAccepted, CatalogNameTaken, InvalidField: when the name or the cost cannot be used.
    """
    _current(Product, product_id, kind="product")
    named = _name(name, kind="variant")
    _check_cost(cost_minor, cost_currency)
    with refine_integrity_error([(Named("one_variant_of_a_name"), CatalogNameTaken(kind="variant", taken=named))]):
        row = Variant.objects.create(
            product_id=product_id, name=named, cost_minor=cost_minor, cost_currency=cost_currency, created_at=at
        )
    return row.id


@needs_transaction
def change_variant(variant_id: UUID, changes: Mapping[str, Any]) -> None:
    """This function will change a variant's `name`, or its `cost_minor` together with `cost_currency`.

    Raises:
        NotFound, Archived, CatalogNameNotAccepted, CatalogNameTaken, InvalidField: as in `add_variant`.
    """
    row = _current(Variant, variant_id, kind="variant")
    for column, value in changes.items():
        setattr(row, column, value)
    row.name = _name(row.name, kind="variant")
    _check_cost(row.cost_minor, row.cost_currency)
    with refine_integrity_error([(Named("one_variant_of_a_name"), CatalogNameTaken(kind="variant", taken=row.name))]):
        row.save(update_fields=["name", "cost_minor", "cost_currency"])


@needs_transaction
def archive_variant(variant_id: UUID, *, at: datetime) -> None:
    """This function will archive a variant; with it none of its prices can be chosen anew.

    Raises:
        NotFound, Archived: when there is none, or it is archived already.
    """
    _archive(Variant, variant_id, kind="variant", at=at)


@needs_transaction
def add_price(
    *,
    variant_id: UUID,
    currency: str,
    frequency: str,
    amount_minor: int,
    includes_tax: bool,
    tax_rate_id: UUID,
    at: datetime,
) -> UUID:
    """This function will add a price of a variant (E19) and return its id. `amount_minor` is for one unit and period.

    Raises:
        NotFound, Archived: when the variant or the tax rate does not exist, or is archived.
        PriceExists: when there is a current price in this currency, of this frequency, at this tax.
        InvalidField: when a value cannot be used.
    """
    require_currency(currency=currency)
    if frequency not in Price.Frequency.values:
        raise InvalidField(name="frequency", reason="A price is monthly, quarterly or annually.")
    _check_amount(amount_minor)
    variant = _current(Variant, variant_id, kind="variant")
    _current(Product, variant.product_id, kind="product")
    _current(TaxRate, tax_rate_id, kind="tax rate")
    return _add_price(
        variant_id=variant_id,
        currency=currency,
        frequency=frequency,
        amount_minor=amount_minor,
        includes_tax=includes_tax,
        tax_rate_id=tax_rate_id,
        created_at=at,
    )


@needs_transaction
def change_price(price_id: UUID, changes: Mapping[str, Any], *, at: datetime) -> UUID:
    """This function will archive a price and return the id of the one that takes its place.

    `changes` may hold `amount_minor`, `includes_tax` and `tax_rate_id`. Subscriptions keep what they have.

    Raises:
        NotFound, Archived, PriceExists, InvalidField: as in `add_price`.
    """
    row = _current(Price, price_id, kind="price")
    variant = _current(Variant, row.variant_id, kind="variant")
    _current(Product, variant.product_id, kind="product")
    kept = {
        "amount_minor": row.amount_minor,
        "includes_tax": row.includes_tax,
        "tax_rate_id": row.tax_rate_id,
    }
    wanted = {**kept, **changes}
    if wanted == kept:
        raise InvalidField(name="amount_minor", reason="This is the price as it is already.")
    _check_amount(wanted["amount_minor"])
    _current(TaxRate, wanted["tax_rate_id"], kind="tax rate")
    row.archived_at = at
    row.save(update_fields=["archived_at"])
    return _add_price(
        variant_id=row.variant_id, currency=row.currency, frequency=row.frequency, created_at=at, **wanted
    )


@needs_transaction
def archive_price(price_id: UUID, *, at: datetime) -> None:
    """This function will archive a price. Subscriptions that have it keep it.

    Raises:
        NotFound, Archived: when there is none, or it is archived already.
    """
    _archive(Price, price_id, kind="price", at=at)


@needs_transaction
def tax_on_use() -> UUID:
    """This function will return the rate that stands on lines of prepaid money, whose tax is due when it is used.

    It is outside the scope of tax (category O of EN 16931); the first time it is made.
    """
    return _outside_scope(TAX_ON_USE)


@needs_transaction
def no_tax_on_damages() -> UUID:
    """This function will return the rate of late fees that are damages and not taxed; the first time it is made.

    It is outside the scope of tax (category O of EN 16931).
    """
    return _outside_scope(NO_TAX_ON_DAMAGES)


def _outside_scope(name: str) -> UUID:
    execute(_OUTSIDE, [new_id(), name])
    rate_id: UUID = TaxRate.objects.values_list("id", flat=True).get(name=name)
    return rate_id


def _add_price(**values: Any) -> UUID:
    taken = PriceExists(currency=values["currency"], frequency=values["frequency"])
    with refine_integrity_error([(Named("one_current_price"), taken)]):
        return Price.objects.create(**values).id


def _current(model: type[M], identifier: UUID, *, kind: str) -> M:
    """The row, locked, if it can still be chosen and changed."""
    row: Any = model._default_manager.select_for_update().filter(pk=identifier).first()  # noqa: SLF001 - Django's own
    if row is None:
        raise NotFound(kind=kind)
    if row.archived_at is not None:
        raise Archived(kind=kind)
    found: M = row
    return found


def _archive(model: type[M], identifier: UUID, *, kind: str, at: datetime) -> None:
    row: Any = _current(model, identifier, kind=kind)
    row.archived_at = at
    row.save(update_fields=["archived_at"])


def _name(name: str, *, kind: str, longest: int = LONGEST_NAME) -> str:
    named = name.strip()
    if not 0 < len(named) <= longest:
        raise CatalogNameNotAccepted(kind=kind, longest=longest)
    return named


def _check_cost(cost_minor: int | None, cost_currency: str) -> None:
    if cost_minor is None:
        if cost_currency:
            raise InvalidField(name="cost_currency", reason="A currency without a cost says nothing.")
        return
    if not 0 <= cost_minor <= LARGEST_MINOR:
        raise InvalidField(name="cost_minor", reason="A cost is not negative, nor beyond all measure.")
    require_currency(cost_currency=cost_currency)


def _check_amount(amount_minor: int) -> None:
    if not 0 <= amount_minor <= LARGEST_MINOR:
        raise InvalidField(name="amount_minor", reason="A price is not negative, nor beyond all measure.")
