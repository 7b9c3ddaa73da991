"""A statement of account as CSV: every movement, streamed, however many there are."""

from collections.abc import Iterator
from datetime import date

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from tallystick.interfaces.kit.files import csv_response, harmless
from tallystick.money.amounts import plain_decimal
from tallystick.reports import statements
from tallystick.reports.movement_words import movement_words
from tallystick.reports.statements import Asked, Balance, Truths
from tallystick.wire.builders import moment


def statement_file(asked: Asked, number: str) -> StreamingHttpResponse:
    """This function will answer with a statement as CSV; `number` is the customer's account number.

    Each currency begins and ends with its balances. Amounts are plain decimals.
    """
    return csv_response(f"statement-{number}-{asked.until_date.isoformat()}", _headings(), _rows(asked))


def _headings() -> list[str]:
    return [
        _("Date"),
        _("Recorded (UTC)"),
        _("Currency"),
        _("What"),
        _("Rule"),
        _("Change of what is owed"),
        _("Change of credit"),
        _("Change of wallet"),
        _("You owe"),
        _("Credit"),
        _("Wallet"),
    ]


def _rows(asked: Asked) -> Iterator[list[str]]:
    for own in statements.balances(asked):
        after = own.opening
        yield _balance(asked.from_date, own, _("Balance brought forward"), after)
        for moved in statements.all_movements(asked, currency=own.currency):
            named = statements.names(moved)
            for each in moved:
                after = each.after
                yield [
                    each.effective_date.isoformat(),
                    moment(each.recorded_at),
                    own.currency,
                    harmless(movement_words(each, named)),
                    each.rule,
                    *_amounts(each.change, own.currency),
                    *_amounts(after, own.currency),
                ]
        yield _balance(asked.until_date, own, _("Balance"), after)


def _balance(day: date | None, own: Balance, words: str, truths: Truths) -> list[str]:
    shown = day.isoformat() if day else ""
    return [shown, "", own.currency, words, "", "", "", "", *_amounts(truths, own.currency)]


def _amounts(truths: Truths, currency: str) -> list[str]:
    return [plain_decimal(minor, currency) for minor in vars(truths).values()]
