"""How values read in a mail: amounts by locale, declines in plain words. Pure."""

from dataclasses import dataclass

from babel import Locale
from django.utils.translation import gettext as _

from tallystick.correspondence.contents import AutopayChange, Decline, Need
from tallystick.foundation.wording import written_money
from tallystick.money.amounts import Money


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


def shown_money(money: Money, locale: Locale) -> ShownMoney:
    """This function will write an amount so that a template can print it, and ask whether there is any."""
    return ShownMoney(money.minor, written_money(money.minor, money.currency, locale))


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


@dataclass(frozen=True)
class NeedWords:
    """Why an automatic payment cannot be made, with the one next step and the words on its button."""

    reason: str
    next_step: str
    button: str


def need_words(need: Need) -> NeedWords:
    """This function will say in the active language what an automatic payment needs."""
    match need:
        case Need.AUTHENTICATION_REQUIRED:
            return NeedWords(
                _("Your bank wants you to confirm this payment."),
                _("Confirm the payment. It takes a minute."),
                _("Confirm the payment"),
            )
        case Need.ABOVE_CAP:
            return NeedWords(
                _("The amount up to which you let us charge automatically does not cover it."),
                _("Pay it yourself. You can change that amount, too."),
                _("Pay now"),
            )
        case Need.NO_METHOD:
            return NeedWords(
                _("We have no card of yours that can be charged."),
                _("Pay it with a card, and keep that card for automatic payment from then on."),
                _("Pay now"),
            )


@dataclass(frozen=True)
class ChangeWords:
    """What became of automatic payment, and what that means."""

    title: str
    meaning: str


def change_words(change: AutopayChange) -> ChangeWords:
    """This function will say in the active language what became of automatic payment."""
    match change:
        case AutopayChange.ENDED:
            return ChangeWords(
                _("Automatic payment has ended"),
                _("We charge nothing by ourselves any more. Please pay your invoices by their due dates."),
            )
        case AutopayChange.NO_METHOD_LEFT:
            return ChangeWords(
                _("Automatic payment has ended"),
                _(
                    "Your last stored payment method was removed, so we charge nothing by ourselves any more. "
                    "Please pay your invoices by their due dates."
                ),
            )
        case AutopayChange.OTHER_METHOD:
            return ChangeWords(
                _("Automatic payment uses another payment method"),
                _("The one that we charged was removed. From now on we charge your default payment method."),
            )
