"""`/products`, `/variants` and `/prices`: what is sold. Archived, never deleted."""

from typing import Annotated, Literal, Self

from ninja import Query
from pydantic import Field, model_validator
from typing_extensions import TypedDict

from tallystick.catalog import queries
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.interfaces.api.door import OptionalKey, Request, RequiredKey, Room, asked, call, viewer
from tallystick.interfaces.api.inputs import (
    CurrencyInput,
    Flag,
    Input,
    Nothing,
    PriceRef,
    ProductRef,
    QueryFlag,
    Search,
    TaxRateRef,
    VariantRef,
    Whole,
    line,
    text,
)
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.usecases import move_price, offer
from tallystick.usecases.roles import Permission
from tallystick.wire import catalog as wire
from tallystick.wire.catalog import FREQUENCIES, PriceShape, ProductShape, VariantShape
from tallystick.wire.ids import price_id_of, product_id_of, tax_rate_id_of, variant_id_of
from tallystick.wire.shapes import one_of
from tallystick.wire.subscriptions import PriceMoveShape

products = Room(tags=["catalogue"])
variants = Room(tags=["catalogue"])
prices = Room(tags=["catalogue"])

Name = Annotated[str, line(120), Field(min_length=1, examples=["Laptop"])]
Description = Annotated[str, text(5000)]
Frequency = Annotated[Literal["monthly", "quarterly", "annually"], one_of(FREQUENCIES, example="monthly")]
PriceAmount = Annotated[
    Whole,
    Field(ge=0, le=LARGEST_MINOR, description="For one unit and period, in minor units.", examples=[8900]),
]
Cost = Annotated[
    Whole | None,
    Field(ge=0, le=LARGEST_MINOR, description="What one unit cost the business, in minor units.", examples=[48000]),
]
CostCurrency = Annotated[str, Field(pattern="^([A-Z]{3})?$", description="An ISO 4217 code.", examples=["EUR"])]
WithArchived = Annotated[QueryFlag, Field(description="Whether what is archived is listed too.")]


class ProductQuery(PageQuery):
    """Which products a list shows."""

    search: Annotated[Search, Field(description="A part of the name.")] = ""
    with_archived: WithArchived = False


class VariantQuery(PageQuery):
    """Which variants a list shows."""

    product: ProductRef = ""
    search: Annotated[Search, Field(description="A part of the name, or of the product's.")] = ""
    with_archived: WithArchived = False


class PriceQuery(PageQuery):
    """Which prices a list shows."""

    variant: VariantRef = ""
    product: ProductRef = ""
    currency: CurrencyInput | None = None
    frequency: Frequency | None = None
    with_archived: WithArchived = False


class ProductInput(Input):
    """A new product."""

    name: Name
    description: Description = ""


class ProductChanges(Input):
    """What shall change; a field that is left out stays as it is."""

    name: Annotated[Name, Field(default_factory=str)]
    description: Annotated[Description, Field(default_factory=str)]


class VariantInput(Input):
    """A new variant."""

    product: ProductRef
    name: Name
    cost_minor: Cost = None
    cost_currency: CostCurrency = ""


class VariantChanges(Input):
    """What shall change; a field that is left out stays as it is. A cost changes together with its currency."""

    name: Annotated[Name, Field(default_factory=str)]
    cost_minor: Cost = None
    cost_currency: CostCurrency = ""

    @model_validator(mode="after")
    def _whole_cost(self) -> Self:
        if ("cost_minor" in self.model_fields_set) is not ("cost_currency" in self.model_fields_set):
            raise ValueError("Send `cost_minor` and `cost_currency` together.")
        return self


class PriceInput(Input):
    """A new price."""

    variant: VariantRef
    currency: CurrencyInput
    frequency: Frequency
    amount_minor: PriceAmount
    includes_tax: Annotated[Flag, Field(description="Whether the tax is in the amount already.")] = False
    tax_rate: TaxRateRef


class PriceChanges(Input):
    """What the new price has otherwise; a field that is left out is as it was."""

    amount_minor: Annotated[PriceAmount, Field(default_factory=int)]
    includes_tax: Annotated[Flag, Field(default_factory=bool)]
    tax_rate: Annotated[TaxRateRef, Field(default_factory=str)]


class MoveInput(Input):
    """The price that subscriptions take."""

    to: PriceRef


class MoveQuery(Input):
    """The price that subscriptions would take."""

    to: PriceRef = ""


class ProductPage(TypedDict):
    """A page of products."""

    data: list[ProductShape]
    next_cursor: Cursor
    previous_cursor: Cursor


class VariantPage(TypedDict):
    """A page of variants."""

    data: list[VariantShape]
    next_cursor: Cursor
    previous_cursor: Cursor


class PricePage(TypedDict):
    """A page of prices."""

    data: list[PriceShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@products.get("", response=ProductPage, summary="List products", operation_id="list_products")
def list_products(request: Request, query: Query[ProductQuery]) -> Listed:
    """Answers with products by name. Needs `view`."""
    viewer(request)
    refuse_card_numbers(search=query.search)
    page = queries.products_page(
        search=query.search, with_archived=query.with_archived, cursor=query.cursor, limit=query.limit
    )
    return listed([wire.product_shape(row) for row in page.rows], page)


@products.post("", response={201: ProductShape}, summary="Add a product", operation_id="add_product")
def add_product(request: Request, key: RequiredKey, body: ProductInput) -> ProductShape:
    """Adds a product. Needs `catalog.change`, and a key that is not narrowed to one customer."""
    return offer.add_product(**body.model_dump(), **call(request, key))


@products.get("/{product_id}", response=ProductShape, summary="Get a product", operation_id="get_product")
def get_product(request: Request, product_id: str) -> ProductShape:
    """Answers with the product, archived or not. Needs `view`."""
    viewer(request)
    return wire.one_product(product_id_of(product_id))


@products.patch("/{product_id}", response=ProductShape, summary="Change a product", operation_id="change_product")
def change_product(request: Request, product_id: str, body: ProductChanges, key: OptionalKey = None) -> ProductShape:
    """Changes the fields that are sent. What was issued keeps the old words. Needs `catalog.change`."""
    changes = body.model_dump(exclude_unset=True)
    return offer.change_product(product_id=product_id_of(product_id), changes=changes, **call(request, key))


@products.post(
    "/{product_id}/archive", response=ProductShape, summary="Archive a product", operation_id="archive_product"
)
def archive_product(request: Request, product_id: str, key: RequiredKey, body: Nothing | None = None) -> ProductShape:
    """Archives a product: none of its prices can be chosen anew; live subscriptions go on. Needs `catalog.change`."""
    del body
    return offer.archive_product(product_id=product_id_of(product_id), **call(request, key))


@variants.get("", response=VariantPage, summary="List variants", operation_id="list_variants")
def list_variants(request: Request, query: Query[VariantQuery]) -> Listed:
    """Answers with variants by name. Needs `view`."""
    actor = viewer(request)
    refuse_card_numbers(search=query.search)
    page = queries.variants_page(
        product_id=product_id_of(query.product) if query.product else None,
        search=query.search,
        with_archived=query.with_archived,
        cursor=query.cursor,
        limit=query.limit,
    )
    return listed([wire.variant_shape(row, tells_cost=actor.scope is None) for row in page.rows], page)


@variants.post("", response={201: VariantShape}, summary="Add a variant", operation_id="add_variant")
def add_variant(request: Request, key: RequiredKey, body: VariantInput) -> VariantShape:
    """Adds a variant to a product; its cost is what cost recovery is about. Needs `catalog.change`."""
    return offer.add_variant(
        product_id=product_id_of(body.product), **body.model_dump(exclude={"product"}), **call(request, key)
    )


@variants.get("/{variant_id}", response=VariantShape, summary="Get a variant", operation_id="get_variant")
def get_variant(request: Request, variant_id: str) -> VariantShape:
    """Answers with the variant, archived or not. Needs `view`."""
    actor = viewer(request)
    return wire.one_variant(variant_id_of(variant_id), tells_cost=actor.scope is None)


@variants.patch("/{variant_id}", response=VariantShape, summary="Change a variant", operation_id="change_variant")
def change_variant(request: Request, variant_id: str, body: VariantChanges, key: OptionalKey = None) -> VariantShape:
    """Changes the fields that are sent. Needs `catalog.change`."""
    changes = body.model_dump(exclude_unset=True)
    return offer.change_variant(variant_id=variant_id_of(variant_id), changes=changes, **call(request, key))


@variants.post(
    "/{variant_id}/archive", response=VariantShape, summary="Archive a variant", operation_id="archive_variant"
)
def archive_variant(request: Request, variant_id: str, key: RequiredKey, body: Nothing | None = None) -> VariantShape:
    """Archives a variant: none of its prices can be chosen anew; live subscriptions go on. Needs `catalog.change`."""
    del body
    return offer.archive_variant(variant_id=variant_id_of(variant_id), **call(request, key))


@prices.get("", response=PricePage, summary="List prices", operation_id="list_prices")
def list_prices(request: Request, query: Query[PriceQuery]) -> Listed:
    """Answers with prices, the newest first. Needs `view`."""
    viewer(request)
    wanted = queries.PriceFilter(
        variant_id=variant_id_of(query.variant) if query.variant else None,
        product_id=product_id_of(query.product) if query.product else None,
        currency=query.currency or "",
        frequency=query.frequency or "",
        with_archived=query.with_archived,
    )
    page = queries.prices_page(wanted, cursor=query.cursor, limit=query.limit)
    return listed([wire.price_shape(row) for row in page.rows], page)


@prices.post("", response={201: PriceShape}, summary="Add a price", operation_id="add_price")
def add_price(request: Request, key: RequiredKey, body: PriceInput) -> PriceShape:
    """Adds a price of a variant; there is one current price for each currency, frequency and tax. Needs
    `catalog.change`.
    """
    return offer.add_price(
        variant_id=variant_id_of(body.variant),
        tax_rate_id=tax_rate_id_of(body.tax_rate),
        **body.model_dump(exclude={"variant", "tax_rate"}),
        **call(request, key),
    )


@prices.get("/{price_id}", response=PriceShape, summary="Get a price", operation_id="get_price")
def get_price(request: Request, price_id: str) -> PriceShape:
    """Answers with the price, archived or not. Needs `view`."""
    viewer(request)
    return wire.one_price(price_id_of(price_id))


@prices.post("/{price_id}/change", response={201: PriceShape}, summary="Change a price", operation_id="change_price")
def change_price(request: Request, price_id: str, key: RequiredKey, body: PriceChanges) -> PriceShape:
    """Archives the price and answers with a new one in its place. Subscriptions keep the price that they have, until
    they are moved. Needs `catalog.change`.
    """
    changes = body.model_dump(exclude_unset=True)
    if "tax_rate" in changes:
        changes["tax_rate_id"] = tax_rate_id_of(changes.pop("tax_rate"))
    return offer.change_price(price_id=price_id_of(price_id), changes=changes, **call(request, key))


@prices.post("/{price_id}/archive", response=PriceShape, summary="Archive a price", operation_id="archive_price")
def archive_price(request: Request, price_id: str, key: RequiredKey, body: Nothing | None = None) -> PriceShape:
    """Archives a price: it cannot be chosen anew; live subscriptions keep it. Needs `catalog.change`."""
    del body
    return offer.archive_price(price_id=price_id_of(price_id), **call(request, key))


@prices.get(
    "/{price_id}/preview_move",
    response=PriceMoveShape,
    summary="Preview a price for many",
    operation_id="preview_price_move",
)
def preview_price_move(request: Request, price_id: str, query: Query[MoveQuery]) -> PriceMoveShape:
    """Answers with how many live subscriptions of the price would take another one. Needs `subscriptions.change`."""
    request.auth.require(Permission.CHANGE_SUBSCRIPTIONS)
    return move_price.preview_price_move(
        price_id=price_id_of(price_id), to_price_id=price_id_of(query.to), **asked(request)
    )


@prices.post("/{price_id}/move", response=PriceMoveShape, summary="Price for many", operation_id="move_price")
def move_subscriptions(request: Request, price_id: str, key: RequiredKey, body: MoveInput) -> PriceMoveShape:
    """Lets every live subscription of the price take another one of the same variant at its next renewal; who waits for
    another plan already is left out. Needs `subscriptions.change`.
    """
    return move_price.move_price(price_id=price_id_of(price_id), to_price_id=price_id_of(body.to), **call(request, key))
