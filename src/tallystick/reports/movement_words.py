"""What each entry of the books means to the customer whose accounts it moved, for statements of account."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tallystick.foundation.wording import known_locale, written_money, written_number
from tallystick.reports.statements import Movement, Named

# By the rule of the chart. Only numbers of documents stand in them: no text that people typed can leave by them.
_WORDS: Final[Mapping[str, Promise]] = {
    "J02": _("Invoice %(invoice)s"),
    "J04": _("Payment received, %(source)s"),
    "J06": _("Payment added to this account, %(source)s"),
    "J07": _("Payment taken off this account, %(source)s"),
    "J08": _("%(source)s set against invoice %(invoice)s"),
    "J09": _("%(source)s no longer set against invoice %(invoice)s"),
    "J11": _("Payment reversed, %(source)s"),
    "J12": _("Invoice %(invoice)s written off"),
    "J13": _("Invoice %(invoice)s is owed again"),
    "J14": _("Small difference on %(one)s written off"),
    "J15": _("Invoice %(invoice)s withdrawn"),
    "J16": _("Wallet topped up from %(source)s"),
    "J17": _("Top-up taken back, %(source)s"),
    "J18": _("Purchase"),
    "J19": _("Purchase credited back"),
    "J20": _("Invoice %(invoice)s for what was used beyond prepaid"),
    "J21": _("Invoice %(invoice)s paid from the wallet"),
    "J23": _("Voucher redeemed"),
    "J24": _("Voucher redeemed"),
    "J25": _("Prepaid money expired"),
    "J26": _("Credit note %(source)s"),
    "J27": _("Refund paid, of %(source)s"),
    "J30": _("Refund came back, of %(source)s"),
    "J42": _("Dispute lost, %(source)s"),
    "J43": _("Payment sent back by the bank, %(source)s"),
    "J50": _("Payment received, %(source)s"),
    "J62": _("Opening balance"),
}

# What came in another currency than it is credited in.
_EXCHANGED: Final = _("%(text)s: %(came)s at %(rate)s")
_EXPIRY_UNDONE: Final = _("Expired prepaid money put back")

# A top-up that was taxed when it was paid fills the wallet with less than it takes of the credit.
_WITH_TAX: Final[Mapping[str, Promise]] = {
    "J16": _("Wallet topped up from %(source)s, its tax taken out"),
    "J17": _("Top-up taken back with its tax, %(source)s"),
}


def movement_words(moved: Movement, named: Mapping[UUID, Named]) -> str:
    """This function will say in the active language what a movement is, with the numbers of what it is about."""
    invoice, source = (_number(each, named) for each in (moved.invoice_id, moved.source_id))
    if moved.rule == "J25" and moved.change.wallet_minor > 0:
        return str(_EXPIRY_UNDONE)
    with_tax = moved.change.credit_minor + moved.change.wallet_minor != 0
    words = (_WITH_TAX.get(moved.rule) if with_tax else None) or _WORDS.get(moved.rule)
    if words is None:
        return moved.rule
    text = (str(words) % {"invoice": invoice, "source": source, "one": invoice or source}).strip(" ,")
    paid = named.get(moved.source_id) if moved.rule == "J50" and moved.source_id else None
    return text if paid is None or paid.came_minor is None else str(_EXCHANGED) % {"text": text, **_came(paid)}


def _came(paid: Named) -> dict[str, str]:
    """What came in another currency, and at which rate, as people of the active language read it."""
    locale = known_locale(get_language() or "en")
    return {
        "came": written_money(paid.came_minor or 0, paid.came_currency, locale),
        "rate": written_number(paid.came_rate or Decimal(0), locale),
    }


def _number(identifier: UUID | None, named: Mapping[UUID, Named]) -> str:
    found = named.get(identifier) if identifier else None
    return found.number if found else ""


def has_words(rule: str) -> bool:
    """This function will say whether a rule of the chart has words for customers."""
    return rule in _WORDS
