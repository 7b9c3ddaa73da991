"""`/bank_accounts`: where customers send their transfers, one account for each currency."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.business import bank_currencies
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import CurrencyInput, Input, Line40, Line60, Line140, text
from tallystick.usecases import bank_accounts
from tallystick.wire.bank_accounts import BankAccountShape, bank_account_shape

router = Room(tags=["bank accounts"])


class BankAccountInput(Input):
    """The account for transfers in a currency: with an IBAN, or described in the details."""

    currency: CurrencyInput
    holder: Annotated[Line140, Field(description="Empty for the name of the business.")] = ""
    iban: Annotated[Line60, Field(examples=["GB29 NWBK 6016 1331 9268 19"])] = ""
    bic: Annotated[Line40, Field(examples=["NWBKGB2L"])] = ""
    bank: Annotated[Line140, Field(description="The name of the bank.")] = ""
    details: Annotated[
        str,
        text(bank_accounts.LONGEST_DETAILS),
        Field(description="What else a transfer needs, one line each.", examples=["Routing number: 021000021"]),
    ] = ""


class BankAccountRemoval(Input):
    """The account of which currency is removed."""

    currency: CurrencyInput


class BankAccountList(TypedDict):
    """Accounts for bank transfers."""

    data: list[BankAccountShape]


@router.get("", response=BankAccountList, summary="List bank accounts", operation_id="list_bank_accounts")
def list_bank_accounts(request: Request) -> BankAccountList:
    """Answers with the account of each currency in which bank transfers are offered, the base currency first. There are
    few: the list has one page. Needs `view`.
    """
    viewer(request)
    return {"data": [bank_account_shape(currency) for currency in bank_currencies()]}


@router.post("", response=BankAccountShape, summary="Set a bank account", operation_id="set_bank_account")
def set_bank_account(request: Request, key: RequiredKey, body: BankAccountInput) -> BankAccountShape:
    """Names the account to which customers transfer a currency, in the place of the one of before. What was issued
    keeps the account that it shows. Needs `settings.change`.
    """
    return bank_accounts.set_bank_account(**body.model_dump(), **call(request, key))


@router.post("/remove", response=BankAccountShape, summary="Remove a bank account", operation_id="remove_bank_account")
def remove_bank_account(request: Request, key: RequiredKey, body: BankAccountRemoval) -> BankAccountShape:
    """Removes the account of a currency, and answers with what it was: bank transfers in it are offered no more. Needs
    `settings.change`.
    """
    return bank_accounts.remove_bank_account(currency=body.currency, **call(request, key))
