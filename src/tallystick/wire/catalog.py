"""The public shapes of the catalogue, and how they are built from rows of its queries."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.catalog import queries as catalog
from tallystick.catalog.queries import TaxRateFacts
from tallystick.foundation.ids import public_id
from tallystick.wire.builders import TAX_RATE, moment
from tallystick.wire.shapes import CurrencyCode, Minor, Moment, TaxRateId, TaxRateShape, one_of

PRODUCT = "prd"
VARIANT = "var"
PRICE = "prc"

FREQUENCIES = {
    "monthly": "a period is a month.",
    "quarterly": "a period is three months.",
    "annually": "a period is a year.",
}

ProductId = Annotated[str, Field(examples=["prd_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
VariantId = Annotated[str, Field(examples=["var_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
PriceId = Annotated[str, Field(examples=["prc_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
ArchivedAt = Annotated[
    Moment | None, Field(description="Since when it cannot be chosen any more; where it is in use it goes on.")
]


class ProductShape(TypedDict):
    """Something that is sold, in one or more variants."""

    id: ProductId
    name: str
    description: str
    created_at: Moment
    archived_at: ArchivedAt


class VariantShape(TypedDict):
    """One form of a product that can be subscribed to."""

    id: VariantId
    product: ProductId
    product_name: str
    name: str
    cost_minor: Annotated[
        int | None,
        Field(
            description="What one unit cost the business, in minor units; null when it is not known, "
            "and for a key that is narrowed to a customer."
        ),
    ]
    cost_currency: Annotated[str, Field(description="The currency of the cost, or empty.", examples=["EUR"])]
    created_at: Moment
    archived_at: ArchivedAt


class PriceShape(TypedDict):
    """What one unit of a variant costs for one period."""

    id: PriceId
    variant: VariantId
    product_name: str
    variant_name: str
    currency: CurrencyCode
    frequency: Annotated[str, one_of(FREQUENCIES, example="monthly")]
    amount_minor: Minor
    includes_tax: Annotated[bool, Field(description="Whether the tax is in the amount already.")]
    tax_rate: TaxRateId
    created_at: Moment
    archived_at: ArchivedAt


def product_shape(row: Mapping[str, Any]) -> ProductShape:
    """This function will return a product."""
    return {
        "id": public_id(PRODUCT, row["id"]),
        "name": row["name"],
        "description": row["description"],
        "created_at": moment(row["created_at"]),
        "archived_at": moment(row["archived_at"]) if row["archived_at"] else None,
    }


def one_product(product_id: UUID) -> ProductShape:
    """This function will read a product and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return product_shape(catalog.product(product_id))


def variant_shape(row: Mapping[str, Any], *, tells_cost: bool) -> VariantShape:
    """This function will return a variant; what it cost is the business's own knowledge."""
    return {
        "id": public_id(VARIANT, row["id"]),
        "product": public_id(PRODUCT, row["product_id"]),
        "product_name": row["product__name"],
        "name": row["name"],
        "cost_minor": row["cost_minor"] if tells_cost else None,
        "cost_currency": row["cost_currency"] if tells_cost else "",
        "created_at": moment(row["created_at"]),
        "archived_at": moment(row["archived_at"]) if row["archived_at"] else None,
    }


def one_variant(variant_id: UUID, *, tells_cost: bool) -> VariantShape:
    """This function will read a variant and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return variant_shape(catalog.variant(variant_id), tells_cost=tells_cost)


def price_shape(row: Mapping[str, Any]) -> PriceShape:
    """This function will return a price."""
    return {
        "id": public_id(PRICE, row["id"]),
        "variant": public_id(VARIANT, row["variant_id"]),
        "product_name": row["variant__product__name"],
        "variant_name": row["variant__name"],
        "currency": row["currency"],
        "frequency": row["frequency"],
        "amount_minor": row["amount_minor"],
        "includes_tax": row["includes_tax"],
        "tax_rate": public_id(TAX_RATE, row["tax_rate_id"]),
        "created_at": moment(row["created_at"]),
        "archived_at": moment(row["archived_at"]) if row["archived_at"] else None,
    }


def one_price(price_id: UUID) -> PriceShape:
    """This function will read a price and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return price_shape(catalog.price_row(price_id))


def tax_rate_shape(rate: TaxRateFacts) -> TaxRateShape:
    """This function will return a tax rate."""
    return {
        "id": public_id(TAX_RATE, rate.id),
        "name": rate.name,
        "percent": str(rate.percent),
        "category": rate.category,
        "country": rate.country,
        "archived": rate.is_archived,
    }
