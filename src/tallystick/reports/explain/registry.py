"""The one registry of numbers that can be explained, by their names."""

from typing import Final

from tallystick.reports.explain import (
    of_accounts,
    of_business,
    of_customers,
    of_deferred,
    of_documents,
    of_everybody,
    of_payments,
    of_reports,
    of_tax,
)
from tallystick.reports.explain.numbers import Number

NUMBERS: Final[dict[str, Number]] = {
    number.name: number
    for number in (
        *of_customers.NUMBERS,
        *of_everybody.NUMBERS,
        *of_documents.NUMBERS,
        *of_payments.NUMBERS,
        *of_business.NUMBERS,
        *of_accounts.NUMBERS,
        *of_tax.NUMBERS,
        *of_deferred.NUMBERS,
        *of_reports.NUMBERS,
    )
}
