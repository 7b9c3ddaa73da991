"""Who runs this installation: the details that stand on documents, mails and pages."""

from dataclasses import dataclass
from typing import Any

from tallystick.foundation import settings_store

NAME = settings_store.text("business_name", default="Your business", describes="The name on documents and mails.")
ADDRESS = settings_store.text("business_address", default="", describes="The postal address, one line each.")
COUNTRY = settings_store.text("business_country", default="", describes="The ISO 3166 code of the country.")
TAX_ID = settings_store.text("business_tax_id", default="", describes="The tax or VAT number.")
EMAIL = settings_store.text("business_email", default="", describes="Where customers can write to.")
COLOUR = settings_store.text("business_colour", default="", describes="The accent colour, as #rrggbb; empty for ours.")
BANK_HOLDER = settings_store.text("bank_account_holder", default="", describes="Who holds the account for transfers.")
BANK_IBAN = settings_store.text("bank_account_iban", default="", describes="The IBAN for bank transfers.")
BANK_BIC = settings_store.text("bank_account_bic", default="", describes="The BIC for bank transfers.")
BANK_NAME = settings_store.text("bank_name", default="", describes="The name of the bank.")


def frozen_party() -> dict[str, Any]:
    """This function will return the business's details as a document freezes them."""
    return {
        "name": settings_store.get(NAME),
        "address_lines": settings_store.get(ADDRESS),
        "country": settings_store.get(COUNTRY),
        "tax_id": settings_store.get(TAX_ID),
        "email": settings_store.get(EMAIL),
    }


@dataclass(frozen=True, kw_only=True)
class BankAccount:
    """The account to which customers transfer money."""

    holder: str
    iban: str
    bic: str
    bank: str


def bank_account() -> BankAccount | None:
    """This function will return the account for bank transfers, or None while the business has named none."""
    iban = settings_store.get(BANK_IBAN).replace(" ", "").upper()
    if not iban:
        return None
    return BankAccount(
        holder=settings_store.get(BANK_HOLDER) or settings_store.get(NAME),
        iban=" ".join(iban[start : start + 4] for start in range(0, len(iban), 4)),
        bic=settings_store.get(BANK_BIC),
        bank=settings_store.get(BANK_NAME),
    )
