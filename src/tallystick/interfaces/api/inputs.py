"""What a request may hold: strict kinds of fields, so that nothing is guessed (S59, S94)."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic.json_schema import WithJsonSchema

from tallystick.money.amounts import LARGEST_MINOR

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
# PostgreSQL keeps no NUL; a line holds no control characters at all, so that it cannot break a header or a list.
_NO_NUL: Final = r"^[^\x00]*$"
_ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"


class Input(BaseModel):
    """An object in a request. A field that it does not have is refused."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Input):
    """No fields: the address says everything."""


def _iso_date(value: Any) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("Write a date as YYYY-MM-DD.")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("There is no such day.") from None


def _first_of_month(value: Any) -> date:
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        raise ValueError("Write a month as YYYY-MM.")
    return _iso_date(f"{value}-01")


def plain_decimal(value: Any) -> Decimal:
    """This function will read a decimal that is written as text, with at most four decimal places.

    Raises:
        ValueError: when it is anything else.
    """
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,4})?", value):
        raise ValueError("Write a decimal as text, such as “1.5”, with at most four decimal places.")
    return Decimal(value)


def _true_or_false(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value not in {"true", "false"}:
        raise ValueError("Write true or false.")
    return bool(value == "true")


def line(longest: int) -> Any:
    """This function will return the constraints of a text of one line."""
    return StringConstraints(max_length=longest, pattern=_ONE_LINE)


def text(longest: int) -> Any:
    """This function will return the constraints of a text that may have several lines."""
    return StringConstraints(max_length=longest, pattern=_NO_NUL)


Whole = Annotated[int, Strict()]
Amount = Annotated[
    Whole,
    Field(gt=0, le=LARGEST_MINOR, description="Minor units of the currency, above 0.", examples=[10680]),
]
Price = Annotated[
    Whole,
    Field(
        ge=-LARGEST_MINOR,
        le=LARGEST_MINOR,
        description="Minor units of the currency; a discount is negative.",
        examples=[8900],
    ),
]
Flag = Annotated[bool, Strict()]
QueryFlag = Annotated[bool, BeforeValidator(_true_or_false), WithJsonSchema({"type": "boolean"})]
Day = Annotated[
    date,
    BeforeValidator(_iso_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-03-01"]}),
]
Month = Annotated[
    date,
    BeforeValidator(_first_of_month),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "examples": ["2026-03"]}),
]
Quantity = Annotated[
    Decimal,
    BeforeValidator(plain_decimal),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9]{1,10}(\.[0-9]{1,4})?$",
            "description": "A decimal as text, above 0, with at most four decimal places.",
            "examples": ["1"],
        }
    ),
]
CurrencyInput = Annotated[
    str,
    StringConstraints(pattern="^[A-Z]{3}$"),
    Field(description="An ISO 4217 code.", examples=["EUR"]),
]
Line40 = Annotated[str, line(40)]
Line60 = Annotated[str, line(60)]
Line100 = Annotated[str, line(100)]
Line140 = Annotated[str, line(140)]
Line200 = Annotated[str, line(200)]
Line500 = Annotated[str, line(500)]
Remark = Annotated[str, text(5000), Field(description="Only staff read it; it is in no answer.")]
Search = Annotated[str, line(100)]
InvoiceSearch = Annotated[
    Search,
    Field(
        description="The beginning or the end of the number, words of the title or of the customer's name, or the "
        "customer's number. Of words and numbers that very many have, not all are listed."
    ),
]


def an_id(prefix: str, what: str) -> Any:
    """This function will describe the public id of a thing."""
    return Field(
        max_length=80, description=f"The id of {what}.", examples=[f"{prefix}_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"]
    )


CustomerRef = Annotated[str, an_id("cus", "a customer")]
GroupRef = Annotated[str, an_id("grp", "a billing group")]
InvoiceRef = Annotated[str, an_id("inv", "an invoice")]
PaymentRef = Annotated[str, an_id("pay", "a payment")]
ProductRef = Annotated[str, an_id("prd", "a product")]
VariantRef = Annotated[str, an_id("var", "a variant")]
PriceRef = Annotated[str, an_id("prc", "a price")]
SubscriptionRef = Annotated[str, an_id("sub", "a subscription")]
TaxRateRef = Annotated[str, an_id("tax", "a tax rate")]
GatewayAccountRef = Annotated[str, an_id("gwa", "a gateway account")]
PaymentMethodRef = Annotated[str, an_id("pmt", "a stored payment method")]
ReturnUrl = Annotated[
    str,
    StringConstraints(max_length=500, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$"),
    Field(
        description="Where the customer comes back to; `{attempt}` in it becomes the attempt's id.",
        examples=["https://shop.example/thanks"],
    ),
]
