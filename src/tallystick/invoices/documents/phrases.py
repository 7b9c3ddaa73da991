"""How every document speaks: its language and formats, people's text in its own direction, who writes to whom. Pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from babel import Locale
from babel.dates import format_interval
from babel.numbers import format_percent
from django.utils import translation
from django.utils.translation import gettext as _

from tallystick.foundation.wording import (
    known_locale,
    one_line,
    spoken_language,
    written_date,
    written_money,
    written_number,
)
from tallystick.invoices.documents.facts import PaperFacts, PartyFacts

# What a template prints: texts by name, and lists of them.
Sheet: TypeAlias = dict[str, Any]
# A text, or one that is set from right to left.
Said: TypeAlias = str | dict[str, str]

_STRONG = {"L", "R", "AL"}
# The widths of a digit and of a letter as the tables set them, and the space between their columns.
_DIGIT_MM, _LETTER_MM, _GAP_MM = 2.05, 1.65, 5.0


@dataclass(frozen=True)
class Words:
    """How amounts, numbers and dates are written on one document."""

    locale: Locale
    currency: str

    @classmethod
    def of(cls, facts: PaperFacts, currency: str) -> "Words":
        """This function will return how a document in a currency is written, in the locale of its reader."""
        return cls(known_locale(facts.locale or spoken_language("")), currency)

    def money(self, minor: int) -> str:
        """This function will write an amount with its currency."""
        return written_money(minor, self.currency, self.locale)

    def number(self, minor: int) -> str:
        """This function will write an amount without its currency."""
        return written_money(minor, self.currency, self.locale, with_symbol=False)

    def day(self, day: date) -> str:
        """This function will write a date."""
        return written_date(day, self.locale)

    def quantity(self, quantity: Decimal) -> str:
        """This function will write a quantity without empty places."""
        return written_number(quantity, self.locale)

    def percent(self, percent: Decimal) -> str:
        """This function will write a percentage: 20 is "20%"."""
        return format_percent(
            percent.normalize() / 100, locale=self.locale, decimal_quantization=False, numbering_system="latn"
        )

    def period(self, start: date, end: date) -> str:
        """This function will write a half-open period as people read it: with its last day."""
        last = end - timedelta(days=1)
        return self.day(start) if start == last else format_interval(start, last, "yMMMd", locale=self.locale)


def language_of(facts: PaperFacts) -> Any:
    """This function will speak, inside of it, the language of a document's reader."""
    return translation.override(spoken_language(facts.locale))


def paper(facts: PaperFacts) -> Sheet:
    """This function will return what stands around the content of every document: who writes to whom."""
    seller, logo = facts.seller, facts.logo
    # No larger than its corner of the letterhead: 60 by 16 millimetres.
    width = min(Decimal(60), 16 * logo.width_for_height) if logo else Decimal(0)
    footer = [seller.name, _tax_id(seller), seller.email]
    return {
        "language": translation.get_language() or "en",
        "author": seller.name,
        "colour": facts.colour,
        "logo_width": float(round(width, 2)),
        "logo_name": seller.name,
        "seller": [said(seller.name), *(said(line) for line in [*_postal(seller), _tax_id(seller)] if line)],
        "sender_line": " · ".join(apart(each) for each in [seller.name, *seller.lines] if each),
        "buyer": [said(facts.buyer.name), *(said(line) for line in _postal(facts.buyer))],
        "footer": " · ".join(apart(each) for each in footer if each),
        "page_words": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
    }


def _postal(party: PartyFacts) -> list[str]:
    names = known_locale(translation.get_language() or "en").territories
    return [one_line(line) for line in (*party.lines, names.get(party.country, party.country)) if line.strip()]


def _tax_id(party: PartyFacts) -> str:
    return _("Tax number %(number)s") % {"number": party.tax_id} if party.tax_id else ""


def of_buyer(facts: PaperFacts) -> list[tuple[str, str]]:
    """This function will return by what the business and the law know the customer."""
    return [(_("Customer number"), facts.buyer.number), (_("Your tax number"), facts.buyer.tax_id)]


def rows(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, Said]]:
    """This function will return the names and values of a list that have a value."""
    return [(label, said(value)) for label, value in pairs if value]


def width_of(head: str, numbers: Sequence[str]) -> float:
    """This function will return how wide a column of numbers is, in millimetres: by its longest text; none may wrap."""
    longest = max(len(number) for number in numbers)
    return round(max(longest * _DIGIT_MM, _columns(head) * _LETTER_MM) + _GAP_MM, 1)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def said(text: str) -> Said:
    """This function will return people's text on one line, marked when it begins in a script from right to left.

    The first letter decides, as it does on the pages (UAX 9, rules P2 and P3).
    """
    line = one_line(unicodedata.normalize("NFC", text))
    first = next((kind for each in line if (kind := unicodedata.bidirectional(each)) in _STRONG), "L")
    return line if first == "L" else {"text": line}


def apart(text: str) -> str:
    """This function will isolate a text within a sentence: one from right to left may not reorder it (UAX 9)."""
    line = one_line(unicodedata.normalize("NFC", text))
    turns = any(unicodedata.bidirectional(each) in {"R", "AL"} for each in line)
    return f"\N{FIRST STRONG ISOLATE}{line}\N{POP DIRECTIONAL ISOLATE}" if turns else line


def date_parts(day: date | None) -> tuple[int, int, int] | None:
    """This function will return year, month and day as the templates take a date."""
    return (day.year, day.month, day.day) if day else None
