"""How values read in a mail: amounts and dates by locale, declines in plain words, people's text on one line. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import parse_pattern
from django.utils.translation import gettext as _

from tallystick.correspondence.contents import Decline
from tallystick.money.amounts import Money, to_decimal
from tallystick.money.currencies import exponent

_MINUS = "\N{MINUS SIGN}"
# CLDR's spacing rule, which babel leaves out: letters do not touch digits (KWD 1.234, but €1.23).
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
# Marks that turn the direction of what follows: a name may not reorder the amount behind it.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@dataclass(frozen=True)
class ShownMoney:
    """An amount as it reads; `minor` lets a template ask whether there is any."""

    minor: int
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class DeclineWords:
    """A decline in plain words, with the one next step and the words on its button."""

    reason: str
    next_step: str
    button: str


def known_locale(name: str) -> Locale:
    """This function will return the locale of a name such as "de-AT"; an unknown one is read as English."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def shown_money(money: Money, locale: Locale) -> ShownMoney:
    """This function will write an amount with the currency's own number of places (ISO 4217) and a true minus sign."""
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (exponent(money.currency), exponent(money.currency))
    text = pattern.apply(
        abs(to_decimal(money.minor, money.currency)),
        locale,
        currency=money.currency,
        currency_digits=False,
        # Latin digits everywhere: amounts are compared with bank statements.
        numbering_system="latn",
    )
    text = _LETTER_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", text)
    return ShownMoney(money.minor, f"{_MINUS}{text}" if money.minor < 0 else text)


def shown_date(day: date, locale: Locale) -> str:
    """This function will write a date so that no two countries read it differently: "Nov 21, 2026"."""
    return format_date(day, "medium", locale=locale)


def one_line(text: str) -> str:
    """This function will return people's text on one line, without control characters and marks of direction."""
    visible = "".join(" " if unicodedata.category(each) == "Cc" else each for each in text)
    return " ".join(visible.translate(_TURNS).split())


def decline_words(decline: Decline) -> DeclineWords:
    """This function will say a decline in the active language."""
    pay_again = _("Pay now")
    match decline:
        case Decline.INSUFFICIENT_FUNDS:
            return DeclineWords(
                _("There was not enough money in the account."),
                _("Pay again when the account is covered, or pay with another card or account."),
                pay_again,
            )
        case Decline.EXPIRED_CARD:
            return DeclineWords(_("The card has expired."), _("Pay with your new card."), pay_again)
        case Decline.AUTHENTICATION_REQUIRED:
            return DeclineWords(
                _("Your bank wants you to confirm this payment."),
                _("Confirm the payment. It takes a minute."),
                _("Confirm the payment"),
            )
        case Decline.LIMIT_EXCEEDED:
            return DeclineWords(
                _("The amount is above the limit of the card or account."),
                _("Ask your bank to raise the limit, or pay with another card or account."),
                pay_again,
            )
        case Decline.METHOD_UNUSABLE:
            return DeclineWords(
                _("This card or account can no longer be used for the payment."),
                _("Pay with another card or account."),
                pay_again,
            )
        case Decline.OTHER:
            return DeclineWords(
                _("Your bank declined the payment without giving us a reason."),
                _("Pay with another card or account, or ask your bank why it declined."),
                pay_again,
            )
