"""The catalogue: names, costs and prices that can be, and archives that delete nothing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from tallystick.catalog import operations, queries
from tallystick.catalog.models import Price, Product, TaxRate, Variant
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.transactions import savepoint, transaction
from tests.scenarios.conftest import World, at

AT = at("2026-01-01")


class Catalogue(World):
    """A business that sells one thing."""

    def __init__(self) -> None:
        super().__init__()
        with transaction():
            self.product = operations.add_product(name="Laptop", description="", at=AT)
            self.variant = operations.add_variant(
                product_id=self.product, name="Pro 16", cost_minor=200000, cost_currency="EUR", at=AT
            )
            self.price = operations.add_price(**self.priced())

    def priced(self, **other: Any) -> dict[str, Any]:
        """This function will return what a price is added with."""
        return {
            "variant_id": self.variant,
            "currency": "EUR",
            "frequency": "monthly",
            "amount_minor": 8900,
            "includes_tax": False,
            "tax_rate_id": self.vat,
            "at": AT,
            **other,
        }


@pytest.fixture
def catalogue(db: None) -> Catalogue:
    return Catalogue()


def refused(kind: type[Exception], act: Callable[[], object]) -> None:
    """This function will expect a refusal that leaves nothing behind."""
    tables = (Product, Variant, Price, TaxRate)
    before = [list(table.objects.order_by("id").values()) for table in tables]
    with pytest.raises(kind), transaction():
        act()
    assert [list(table.objects.order_by("id").values()) for table in tables] == before


def test_a_changed_price_is_a_new_row_and_the_old_one_is_archived(catalogue: Catalogue) -> None:
    with transaction():
        dearer = operations.change_price(catalogue.price, {"amount_minor": 9900}, at=AT)
    assert (queries.price(catalogue.price).amount_minor, queries.price(catalogue.price).is_current) == (8900, False)
    assert (queries.price(dearer).amount_minor, queries.price(dearer).is_current) == (9900, True)
    assert queries.price(dearer).tax_rate_id == catalogue.vat
    refused(operations.Archived, lambda: operations.change_price(catalogue.price, {"amount_minor": 1}, at=AT))
    refused(operations.Archived, lambda: operations.archive_price(catalogue.price, at=AT))
    listed = [row["id"] for row in queries.prices_page(queries.PriceFilter()).rows]
    assert listed == [dearer]
    everything = queries.prices_page(queries.PriceFilter(with_archived=True)).rows
    assert {row["id"] for row in everything} == {catalogue.price, dearer}


def test_one_price_is_current_for_each_currency_frequency_and_tax(catalogue: Catalogue) -> None:
    refused(operations.PriceExists, lambda: operations.add_price(**catalogue.priced(amount_minor=1)))
    with transaction():
        for other in (
            {"currency": "USD"},
            {"frequency": "annually"},
            {"includes_tax": True},
            {"tax_rate_id": catalogue.no_tax},
        ):
            operations.add_price(**catalogue.priced(**other))
    refused(
        operations.PriceExists,
        lambda: operations.change_price(catalogue.price, {"tax_rate_id": catalogue.no_tax}, at=AT),
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"currency": "XXX"}, "currency"),
        ({"frequency": "weekly"}, "frequency"),
        ({"amount_minor": -1}, "amount_minor"),
        ({"amount_minor": 10**15 + 1}, "amount_minor"),
    ],
)
def test_a_price_that_cannot_be_is_refused(catalogue: Catalogue, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as told, transaction():
        operations.add_price(**catalogue.priced(**wrong))
    assert told.value.name == field


@pytest.mark.parametrize("thing", ["product", "variant", "vat", "price"])
def test_with_anything_of_it_archived_a_price_cannot_be_chosen(catalogue: Catalogue, thing: str) -> None:
    archive: dict[str, Callable[..., None]] = {
        "product": operations.archive_product,
        "variant": operations.archive_variant,
        "vat": operations.archive_tax_rate,
        "price": operations.archive_price,
    }
    with transaction():
        archive[thing](getattr(catalogue, thing), at=AT)
    assert queries.price(catalogue.price).is_current is False
    assert queries.prices_page(queries.PriceFilter()).rows == []
    refused(operations.Archived, lambda: archive[thing](getattr(catalogue, thing), at=AT))
    if thing != "price":
        refused(operations.Archived, lambda: operations.add_price(**catalogue.priced(currency="USD")))


def test_names_are_unique_among_what_can_be_chosen(catalogue: Catalogue) -> None:
    taken, wrong = operations.CatalogNameTaken, operations.CatalogNameNotAccepted
    plain = {"cost_minor": None, "cost_currency": "", "at": AT}
    refused(taken, lambda: operations.add_product(name=" laptop ", description="", at=AT))
    refused(taken, lambda: operations.add_variant(product_id=catalogue.product, name="PRO 16", **plain))
    refused(taken, lambda: add_rate(name="Exempt"))
    for name in ("", "  ", "x" * 121):
        refused(wrong, lambda name=name: operations.add_product(name=name, description="", at=AT))
        refused(wrong, lambda name=name: operations.change_variant(catalogue.variant, {"name": name}))
    with transaction():
        operations.archive_product(catalogue.product, at=AT)
        again = operations.add_product(name="Laptop", description="", at=AT)
        operations.add_variant(product_id=again, name="Pro 16", **plain)


def add_rate(**other: Any) -> UUID:
    """This function will add a tax rate."""
    return operations.add_tax_rate(
        **{"name": "VAT 10 %", "percent": Decimal(10), "category": "standard", "country": "AT", **other}
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"percent": Decimal("100.01")}, "percent"),
        ({"percent": Decimal(-1)}, "percent"),
        ({"percent": Decimal("1.00001")}, "percent"),
        ({"category": "zero"}, "percent"),
        ({"category": "half"}, "category"),
        ({"country": "Austria"}, "country"),
    ],
)
def test_a_tax_rate_that_cannot_be_is_refused(catalogue: Catalogue, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField) as told, transaction():
        add_rate(**wrong)
    assert told.value.name == field


def test_every_category_of_tax_can_be_added(catalogue: Catalogue) -> None:
    with transaction():
        for category in ("zero", "exempt", "reverse_charge"):
            add_rate(name=category, percent=Decimal(0), category=category)
        add_rate()
    assert {rate.category for rate in queries.tax_rates()} == {"standard", "zero", "exempt", "reverse_charge"}


def test_a_cost_has_its_currency(catalogue: Catalogue) -> None:
    for cost in ({"cost_minor": 5, "cost_currency": ""}, {"cost_minor": None, "cost_currency": "EUR"}):
        refused(InvalidField, lambda cost=cost: operations.change_variant(catalogue.variant, cost))
    refused(InvalidField, lambda: operations.change_variant(catalogue.variant, {"cost_minor": -1}))
    with transaction():
        operations.change_variant(catalogue.variant, {"cost_minor": None, "cost_currency": ""})
    assert queries.variant(catalogue.variant)["cost_minor"] is None
    # The database holds it too.
    with pytest.raises(IntegrityError), transaction(), savepoint():
        Variant.objects.filter(id=catalogue.variant).update(cost_minor=5)


def test_what_does_not_exist_is_not_found(catalogue: Catalogue) -> None:
    for act in (
        lambda: operations.archive_product(uuid4(), at=AT),
        lambda: operations.change_price(uuid4(), {"amount_minor": 1}, at=AT),
        lambda: operations.add_price(**catalogue.priced(variant_id=uuid4())),
        lambda: operations.add_price(**catalogue.priced(tax_rate_id=uuid4())),
        lambda: queries.price(uuid4()),
        lambda: queries.product(uuid4()),
        lambda: queries.variant(uuid4()),
    ):
        refused(NotFound, act)
