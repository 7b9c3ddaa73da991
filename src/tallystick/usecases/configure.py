"""Settings of the business, changed at run time by those who may."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from tallystick.allocations.queries import TOLERANCE
from tallystick.correspondence import mail_settings
from tallystick.foundation import audit, business, clock, settings_store
from tallystick.foundation.business import BASE_CURRENCY
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.foundation.settings_store import Setting
from tallystick.invoices.write_off_queries import TAX_RELIEF
from tallystick.ledger.queries import base_currency, has_entries
from tallystick.payments.card_tries import MOST_FAILED, STOPPED_MINUTES
from tallystick.payments.queries import ASSIGNMENT_EDITS
from tallystick.payments.retry_plan import RETRY_DAYS
from tallystick.payments.terms import PAYMENT_TERMS, PAYMENT_TERMS_READ
from tallystick.subscriptions.coming import MOST_OWN_DAYS, NOTICE_DAYS
from tallystick.usecases import limits
from tallystick.usecases.after_failures import OWN_PROMISE_DAYS
from tallystick.usecases.autopay import TERMS, TERMS_READ
from tallystick.usecases.frame import use_case
from tallystick.usecases.payment_links import LINK_DAYS
from tallystick.usecases.plan_retry import CHOSEN_DAYS
from tallystick.usecases.roles import Permission
from tallystick.wallets.expiry import TOPUP_MONTHS
from tallystick.wire.words import COMPLETED_WORD

T = TypeVar("T")

_ALL: Final[tuple[Setting[Any], ...]] = (
    business.NAME,
    business.ADDRESS,
    business.COUNTRY,
    business.TAX_ID,
    business.EMAIL,
    business.COLOUR,
    business.LANGUAGE,
    business.PHONE,
    business.IMPRINT_URL,
    business.PRIVACY_URL,
    business.WELCOME.usual,
    *business.WELCOME.by_language.values(),
    business.BANK_HOLDER,
    business.BANK_IBAN,
    business.BANK_BIC,
    business.BANK_NAME,
    business.BANK_DETAILS,
    clock.TIME_ZONE,
    BASE_CURRENCY,
    ASSIGNMENT_EDITS,
    TOLERANCE,
    TAX_RELIEF,
    *limits.ALL,
    COMPLETED_WORD,
    RETRY_DAYS,
    NOTICE_DAYS,
    MOST_OWN_DAYS,
    TOPUP_MONTHS,
    TERMS,
    *TERMS_READ.by_language.values(),
    PAYMENT_TERMS,
    *PAYMENT_TERMS_READ.by_language.values(),
    LINK_DAYS,
    CHOSEN_DAYS,
    OWN_PROMISE_DAYS,
    MOST_FAILED,
    STOPPED_MINUTES,
    *mail_settings.ALL,
)
# Every setting that may be changed here, by its name.
SETTINGS: Final[Mapping[str, Setting[Any]]] = {each.name: each for each in _ALL}


@use_case(Permission.CHANGE_SETTINGS)
def change_settings(
    *, actor: Actor, at: datetime, changes: Mapping[str, Any], idempotency_key: str | None = None
) -> bool:
    """This function will store settings by their names; what is not named stays as it is.

    The base currency cannot change once anything was posted: every entry carries amounts in it.

    Raises:
        InvalidField: when there is no such setting, or the value cannot be used.
        SettingNotAccepted: when the value has the wrong type.
    """
    del idempotency_key
    for name, value in changes.items():
        if name not in SETTINGS:
            raise InvalidField(name=name, reason=f"There is no setting “{name}”.")
        setting = SETTINGS[name]
        before = settings_store.get(setting)
        if before == value:
            continue
        if setting is BASE_CURRENCY and has_entries():
            raise InvalidField(name=name, reason="The base currency cannot change any more: the books are kept in it.")
        if setting in limits.ALL and isinstance(value, dict) and value.get("currency") != base_currency():
            raise InvalidField(name=name, reason=f"Enter the limit in {base_currency()}, the base currency.")
        store_setting(setting, value, actor=actor, at=at)
    return True


def store_setting(setting: Setting[T], value: T, *, actor: Actor, at: datetime) -> None:
    """This function will store a setting, and who did it from what to what. Called in a use case.

    Raises:
        SettingNotAccepted: when the value is not one that the setting takes.
    """
    before = settings_store.get(setting)
    settings_store.put(setting, value)
    audit.record(
        actor=actor,
        at=at,
        action="change_setting",
        kind="setting",
        object_id=settings_store.audit_id(setting.name),
        before={setting.name: before},
        after={setting.name: value},
    )


@use_case(Permission.CHANGE_SETTINGS)
def change_logo(*, actor: Actor, at: datetime, content: bytes | None) -> str:
    """This function will make an uploaded picture the logo of the business, or leave it without one (None).

    Returns the hash under which it is kept. Documents that were issued before keep the logo that they had.

    Raises:
        LogoNotAccepted: when the file is no PNG, JPEG or SVG that can be drawn.
    """
    # What reads pictures is loaded only here.
    from tallystick.invoices.documents.logo_uploads import read_logo

    before = settings_store.get(business.LOGO)
    digest = "" if content is None else business.keep_logo(read_logo(content), at=at)
    if digest != before:
        store_setting(business.LOGO, digest, actor=actor, at=at)
    return digest
