"""Reading the catalogue."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tallystick.catalog.models import TaxRate
from tallystick.foundation.errors import NotFound


@dataclass(frozen=True)
class TaxRateFacts:
    """A tax rate as documents use it: percent is 20 for 20 %."""

    id: UUID
    name: str
    percent: Decimal
    category: str
    country: str


def tax_rates() -> list[TaxRateFacts]:
    """This function will return the tax rates that can be chosen, in the order of their names."""
    return [_facts(row) for row in TaxRate.objects.filter(archived_at=None).order_by("name")]


def tax_rates_by_id(ids: Iterable[UUID]) -> dict[UUID, TaxRateFacts]:
    """This function will return the named rates.

    Raises:
        NotFound: when one of them does not exist.
    """
    wanted = set(ids)
    found = {row.id: _facts(row) for row in TaxRate.objects.filter(id__in=wanted)}
    if found.keys() != wanted:
        raise NotFound(kind="tax rate")
    return found


def _facts(row: TaxRate) -> TaxRateFacts:
    return TaxRateFacts(id=row.id, name=row.name, percent=row.percent, category=row.category, country=row.country)
