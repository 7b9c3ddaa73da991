"""Who runs this installation: the details that stand on documents, mails and pages."""

import hashlib
import re
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


def locale_read(own: str, shared: str) -> str:
    """This function will return the locale of somebody's pages and mails: their `own` language, in the formats of the
    `shared` one, which is their customer's, where that is the same; else the customer's; else the business's.
    """
    if own and (not shared or spoken_language(shared) != own):
        return own
    return shared or settings_store.get(LANGUAGE)


def frozen_party() -> dict[str, Any]:
    """This function will return the business's details as a document freezes them.

    How it looks and where to transfer to are part of them: what was issued is drawn the same for ever.
    """
    account = bank_account()
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
