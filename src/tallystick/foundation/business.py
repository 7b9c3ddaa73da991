"""Who runs this installation: the details that stand on documents, mails and pages."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from tallystick.foundation import settings_store
from tallystick.foundation.errors import NotFound
from tallystick.foundation.models import Logo
from tallystick.foundation.own_texts import own_text
from tallystick.foundation.settings_store import Setting
from tallystick.foundation.transactions import needs_transaction
from tallystick.foundation.wording import spoken_language
from tallystick.money.currencies import all_currencies

_URL = re.compile(r"(https?://[^\s<>\"]{1,500})?")


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and _URL.fullmatch(value) is not None


NAME = settings_store.text("business_name", default="Your business", describes="The name on documents and mails.")
ADDRESS = settings_store.text("business_address", default="", describes="The postal address, one line each.")
COUNTRY = settings_store.text("business_country", default="", describes="The ISO 3166 code of the country.")
TAX_ID = settings_store.text("business_tax_id", default="", describes="The tax or VAT number.")
EMAIL = settings_store.text("business_email", default="", describes="Where customers can write to.")
PHONE = settings_store.text("business_phone", default="", describes="Where customers can call.")
IMPRINT_URL = Setting("imprint_url", "", "Where it says who runs this: https://…, or empty.", _is_url)
PRIVACY_URL = Setting("privacy_url", "", "Where it says what is kept of people: https://…, or empty.", _is_url)
LONGEST_WELCOME = 200
WELCOME = own_text(
    settings_store.text("portal_welcome", default="", describes="A line that greets customers; empty for none."),
    longest=LONGEST_WELCOME,
)
COLOUR = settings_store.text("business_colour", default="", describes="The accent colour, as #rrggbb; empty for ours.")
LANGUAGE = Setting(
    "business_language",
    settings.LANGUAGE_CODE,
    "In which language customers are spoken to who have named none.",
    lambda value: value in dict(settings.LANGUAGES),
)
LOGO = Setting(
    "business_logo",
    "",
    "The hash of the logo; empty for none.",
    lambda value: isinstance(value, str) and re.fullmatch("([0-9a-f]{64})?", value) is not None,
)
BANK_HOLDER = settings_store.text("bank_account_holder", default="", describes="Who holds the account for transfers.")
BANK_IBAN = settings_store.text("bank_account_iban", default="", describes="The IBAN for bank transfers.")
BANK_BIC = settings_store.text("bank_account_bic", default="", describes="The BIC for bank transfers.")
BANK_NAME = settings_store.text("bank_name", default="", describes="The name of the bank.")
BANK_DETAILS = settings_store.text(
    "bank_account_details",
    default="",
    describes="What else a transfer needs, one line each, such as “Routing number: 021000021”.",
)
BASE_CURRENCY = settings_store.text(
    "base_currency", default="EUR", describes="The currency in which the business keeps its books."
)
# The account of the base currency: which setting holds which part of it.
BASE_BANK_ACCOUNT = {
    "holder": BANK_HOLDER,
    "iban": BANK_IBAN,
    "bic": BANK_BIC,
    "bank": BANK_NAME,
    "details": BANK_DETAILS,
}


def _is_account(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and value.keys() == BASE_BANK_ACCOUNT.keys()
        and all(isinstance(text, str) for text in value.values())
    )


# Each in a setting of its own, so that two who name accounts at once do not undo one another.
OTHER_BANK_ACCOUNTS: Mapping[str, Setting[dict[str, str] | None]] = {
    str(currency): Setting[dict[str, str] | None](
        f"bank_account_{currency}",
        None,
        f"The account for transfers in {currency}, where that is not the base currency.",
        _is_account,
    )
    for currency in all_currencies()
}


def locale_read(own: str, shared: str) -> str:
    """This function will return the locale of somebody's pages and mails: their `own` language, in the formats of the
    `shared` one, which is their customer's, where that is the same; else the customer's; else the business's.
    """
    if own and (not shared or spoken_language(shared) != own):
        return own
    return shared or settings_store.get(LANGUAGE)


def frozen_party(*, pays_in: str = "") -> dict[str, Any]:
    """This function will return the business's details as a document freezes them.

    How it looks is part of them, and for one that is paid the account for transfers in its currency, `pays_in`: what
    was issued is drawn the same for ever.
    """
    account = bank_account(pays_in) if pays_in else None
    return {
        "name": settings_store.get(NAME),
        "address_lines": settings_store.get(ADDRESS),
        "country": settings_store.get(COUNTRY),
        "tax_id": settings_store.get(TAX_ID),
        "email": settings_store.get(EMAIL),
        "colour": settings_store.get(COLOUR),
        "logo": settings_store.get(LOGO),
        "bank": asdict(account) if account else None,
    }


@dataclass(frozen=True, kw_only=True)
class LogoFacts:
    """A logo as it is kept: its media type, its bytes, and how wide it is for its height."""

    media_type: str
    content: bytes
    width_for_height: Decimal


@needs_transaction
def keep_logo(facts: LogoFacts, *, at: datetime) -> str:
    """This function will keep a logo and return its hash (SHA-256); the same bytes are kept once."""
    digest = hashlib.sha256(facts.content).hexdigest()
    Logo.objects.get_or_create(
        sha256=digest,
        defaults={
            "media_type": facts.media_type,
            "content": facts.content,
            "width_for_height": facts.width_for_height,
            "uploaded_at": at,
        },
    )
    return digest


def logo(digest: str) -> LogoFacts:
    """This function will return a logo by its hash.

    Raises:
        NotFound: when none was kept under it.
    """
    row = Logo.objects.filter(sha256=digest).first()
    if row is None:
        raise NotFound(kind="logo")
    return LogoFacts(media_type=row.media_type, content=bytes(row.content), width_for_height=row.width_for_height)


@dataclass(frozen=True, kw_only=True)
class BankAccount:
    """The account to which customers transfer money in one currency. An account without an IBAN has `details`."""

    holder: str
    iban: str
    bic: str
    bank: str
    # What else a transfer needs, one line each.
    details: str

    @property
    def more(self) -> list[tuple[str, str]]:
        """The details, as `detail_lines` reads them."""
        return detail_lines(self.details)


def detail_lines(details: str) -> list[tuple[str, str]]:
    """This function will return label and value of each line, such as "Routing number: 021000021"; the label is empty
    where a line has none.
    """
    lines = [line.strip() for line in details.splitlines() if line.strip()]
    parted = [line.partition(":") for line in lines]
    return [(label.strip(), value.strip()) if value.strip() else ("", label + colon) for label, colon, value in parted]


def bank_account(currency: str) -> BankAccount | None:
    """This function will return the account for bank transfers in a currency, or None while there is none."""
    kept: dict[str, str] | None = None
    if currency == settings_store.get(BASE_CURRENCY):
        kept = {name: settings_store.get(setting) for name, setting in BASE_BANK_ACCOUNT.items()}
    elif currency in OTHER_BANK_ACCOUNTS:
        kept = settings_store.get(OTHER_BANK_ACCOUNTS[currency])
    if kept is None or not (kept["iban"] or kept["details"]):
        return None
    iban = kept["iban"].replace(" ", "").upper()
    return BankAccount(
        holder=kept["holder"] or settings_store.get(NAME),
        iban=" ".join(iban[start : start + 4] for start in range(0, len(iban), 4)),
        bic=kept["bic"],
        bank=kept["bank"],
        details=kept["details"],
    )


def bank_currencies() -> list[str]:
    """This function will return the currencies in which transfers are offered, the base currency first."""
    base = settings_store.get(BASE_CURRENCY)
    return [code for code in (base, *sorted(OTHER_BANK_ACCOUNTS.keys() - {base})) if bank_account(code) is not None]
