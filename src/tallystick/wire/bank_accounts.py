"""How an account for bank transfers reads: the same for the API and whoever changed it."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.business import bank_account
from tallystick.foundation.errors import NotFound


class BankAccountShape(TypedDict):
    """The account to which customers transfer money in one currency."""

    currency: Annotated[str, Field(description="ISO 4217.", examples=["USD"])]
    holder: str
    iban: Annotated[str, Field(description="In groups of four; empty for an account without one.")]
    bic: str
    bank: Annotated[str, Field(description="The name of the bank.")]
    details: Annotated[
        str, Field(description="What else a transfer needs, one line each.", examples=["Routing number: 021000021"])
    ]


def bank_account_shape(currency: str) -> BankAccountShape:
    """This function will return the account for transfers in a currency.

    Raises:
        NotFound: when there is none.
    """
    account = bank_account(currency)
    if account is None:
        raise NotFound(kind="bank account")
    return {
        "currency": currency,
        "holder": account.holder,
        "iban": account.iban,
        "bic": account.bic,
        "bank": account.bank,
        "details": account.details,
    }
