"""`/tax_rates`: what invoice lines can name."""

from typing_extensions import TypedDict

from tallystick.catalog import queries as catalog
from tallystick.interfaces.api.door import Request, Room, viewer
from tallystick.wire.catalog import tax_rate_shape
from tallystick.wire.shapes import TaxRateShape

router = Room(tags=["tax rates"])


class TaxRateList(TypedDict):
    """All tax rates that can be chosen."""

    data: list[TaxRateShape]


@router.get("", response=TaxRateList, summary="List tax rates", operation_id="list_tax_rates")
def list_tax_rates(request: Request) -> TaxRateList:
    """Answers with all rates that can be chosen, by name. There are few: the list has one page."""
    viewer(request)
    return {"data": [tax_rate_shape(rate) for rate in catalog.tax_rates()]}
