"""`/tax_rates`: what prices and invoice lines can name."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import BeforeValidator, Field
from pydantic.json_schema import WithJsonSchema
from typing_extensions import TypedDict

from tallystick.catalog import queries as catalog
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import Input, Line60, Nothing, QueryFlag, plain_decimal
from tallystick.usecases import offer
from tallystick.wire.catalog import tax_rate_shape
from tallystick.wire.ids import tax_rate_id_of
from tallystick.wire.shapes import TAX_CATEGORIES, TaxRateShape, one_of

router = Room(tags=["tax rates"])


def _percent(value: Any) -> Decimal:
    found = plain_decimal(value)
    if found > 100:
        raise ValueError("A percentage is at most 100.")
    return found


class TaxRateQuery(Input):
    """Which rates the list shows."""

    with_archived: Annotated[QueryFlag, Field(description="Whether archived rates are listed too.")] = False


class TaxRateInput(Input):
    """A new tax rate."""

    name: Annotated[Line60, Field(min_length=1, examples=["VAT 20 %"])]
    percent: Annotated[
        Decimal,
        BeforeValidator(_percent),
        WithJsonSchema(
            {
                "type": "string",
                "pattern": r"^[0-9]{1,3}(\.[0-9]{1,4})?$",
                "description": "A decimal as text; 0 for all but standard rates.",
                "examples": ["20"],
            }
        ),
    ]
    category: Annotated[
        Literal["standard", "zero", "exempt", "reverse_charge", "outside_scope"],
        one_of(TAX_CATEGORIES, example="standard"),
    ] = "standard"
    country: Annotated[
        str, Field(pattern="^([A-Z]{2})?$", description="ISO 3166-1 alpha-2, or empty.", examples=["AT"])
    ] = ""


class TaxRateList(TypedDict):
    """Tax rates."""

    data: list[TaxRateShape]


@router.get("", response=TaxRateList, summary="List tax rates", operation_id="list_tax_rates")
def list_tax_rates(request: Request, query: Query[TaxRateQuery]) -> TaxRateList:
    """Answers with all rates that can be chosen, by name. There are few: the list has one page."""
    viewer(request)
    return {"data": [tax_rate_shape(rate) for rate in catalog.tax_rates(with_archived=query.with_archived)]}


@router.post("", response={201: TaxRateShape}, summary="Add a tax rate", operation_id="add_tax_rate")
def add_tax_rate(request: Request, key: RequiredKey, body: TaxRateInput) -> TaxRateShape:
    """Adds a tax rate. A changed rate is a new one: archive the old. Needs `catalog.change`."""
    return offer.add_tax_rate(**body.model_dump(), **call(request, key))


@router.get("/{tax_rate_id}", response=TaxRateShape, summary="Get a tax rate", operation_id="get_tax_rate")
def get_tax_rate(request: Request, tax_rate_id: str) -> TaxRateShape:
    """Answers with the rate, archived or not. Needs `view`."""
    viewer(request)
    return tax_rate_shape(catalog.tax_rate(tax_rate_id_of(tax_rate_id)))


@router.post(
    "/{tax_rate_id}/archive", response=TaxRateShape, summary="Archive a tax rate", operation_id="archive_tax_rate"
)
def archive_tax_rate(request: Request, tax_rate_id: str, key: RequiredKey, body: Nothing | None = None) -> TaxRateShape:
    """Archives a rate: it cannot be chosen anew; prices and documents that have it keep it. Needs `catalog.change`."""
    del body
    return offer.archive_tax_rate(rate_id=tax_rate_id_of(tax_rate_id), **call(request, key))
