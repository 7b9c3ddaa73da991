"""Accounts for bank transfers: one for each currency in which transfers are offered (B11, E34)."""

import re
from datetime import datetime
from typing import Final

from tallystick.foundation import business, settings_store
from tallystick.foundation.business import BASE_BANK_ACCOUNT, OTHER_BANK_ACCOUNTS, bank_account
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.invoices.documents.transfer_code import is_iban
from tallystick.usecases.configure import store_setting
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire.bank_accounts import BankAccountShape, bank_account_shape

LONGEST_DETAILS: Final = 500
_LONGEST_NAME: Final = 140
# ISO 9362.
_BIC: Final = re.compile("([A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?)?")
_NOTHING: Final = dict.fromkeys(BASE_BANK_ACCOUNT, "")


@use_case(Permission.CHANGE_SETTINGS)
def set_bank_account(
    *,
    actor: Actor,
    at: datetime,
    currency: str,
    holder: str = "",
    iban: str = "",
    bic: str = "",
    bank: str = "",
    details: str = "",
    idempotency_key: str | None = None,
) -> BankAccountShape:
    """This function will name the account to which customers transfer a currency, in the place of the one of before.

    `details` is what else a transfer needs, one line each; an account without an IBAN has some. Without a holder it is
    the business. Documents that were issued keep the account that they show.

    Raises:
        InvalidField: when the currency is none, the IBAN or BIC cannot be one, or there is neither IBAN nor details.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_SETTINGS)
    require_currency(currency=currency)
    account = {
        "holder": holder.strip(),
        "iban": iban.replace(" ", "").upper(),
        "bic": bic.replace(" ", "").upper(),
        "bank": bank.strip(),
        "details": details.strip(),
    }
    if account["iban"] and not is_iban(account["iban"]):
        raise InvalidField(name="iban", reason="This is no IBAN. An account without one is described in the details.")
    if not _BIC.fullmatch(account["bic"]):
        raise InvalidField(name="bic", reason="A BIC has 8 or 11 letters and digits.")
    if not account["iban"] and not account["details"]:
        raise InvalidField(name="iban", reason="Enter an IBAN, or the details of an account without one.")
    for name, longest in (("holder", _LONGEST_NAME), ("bank", _LONGEST_NAME), ("details", LONGEST_DETAILS)):
        if len(account[name]) > longest:
            raise InvalidField(name=name, reason=f"This has at most {longest} characters.")
    _store(currency, account, actor=actor, at=at)
    return bank_account_shape(currency)


@use_case(Permission.CHANGE_SETTINGS)
def remove_bank_account(
    *, actor: Actor, at: datetime, currency: str, idempotency_key: str | None = None
) -> BankAccountShape:
    """This function will remove the account for transfers in a currency, and return it as it was. Transfers in it are
    offered no more.

    Raises:
        NotFound: when there is none.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_SETTINGS)
    if bank_account(currency) is None:
        raise NotFound(kind="bank account")
    shape = bank_account_shape(currency)
    _store(currency, None, actor=actor, at=at)
    return shape


def _store(currency: str, account: dict[str, str] | None, *, actor: Actor, at: datetime) -> None:
    if currency == settings_store.get(business.BASE_CURRENCY):
        for name, setting in BASE_BANK_ACCOUNT.items():
            value = (account or _NOTHING)[name]
            if settings_store.get(setting) != value:
                store_setting(setting, value, actor=actor, at=at)
        return
    store_setting(OTHER_BANK_ACCOUNTS[currency], account, actor=actor, at=at)
