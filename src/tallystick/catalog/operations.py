"""Writing the catalogue."""

from decimal import Decimal
from uuid import UUID

from tallystick.catalog.models import TaxRate
from tallystick.foundation.transactions import needs_transaction


@needs_transaction
def add_tax_rate(*, name: str, percent: Decimal, category: str, country: str) -> UUID:
    """This function will add a tax rate and return its id. `percent` is 20 for 20 %."""
    return TaxRate.objects.create(name=name, percent=percent, category=category, country=country).id
