"""Turns what a mail says into a subject, a text and an HTML part. Pure: the same values give the same mail.

The templates are part of the program and nobody edits them at run time. They see the values of the mail's own
dataclass and nothing else: no settings, no request.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from django.template import Context, Engine
from django.utils import translation

from tallystick.correspondence.contents import AutopayChange, Decline, Kind, Letter, Need
from tallystick.correspondence.in_words import change_words, decline_words, need_words, shown_money
from tallystick.foundation.wording import known_locale, one_line, spoken_language, written_date, written_moment
from tallystick.money.amounts import Money

LONGEST_SUBJECT = 200

_FOLDER = str(Path(__file__).parent / "templates")
_BLANK_LINES = re.compile(r"\n{3,}")
_WHITE, _BLACK = "#ffffff", "#111111"


@dataclass(frozen=True)
class Content:
    """A mail as it is sent: one line of subject, and the same in text and in HTML."""

    subject: str
    text: str
    html: str


def render(kind: Kind, context: Letter) -> Content:
    """This function will write the mail in the language and the formats of its locale.

    Raises:
        ValueError: when the context is that of another kind.
    """
    if context.kind is not kind:
        raise ValueError(f"{type(context).__name__} is not the content of a {kind} mail.")
    language = spoken_language(context.locale)
    with translation.override(language):
        locale = known_locale(context.locale or language)
        values = {
            **_shown(context, locale),
            "language": language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
            "on_colour": _readable_on(context.business.colour),
        }
        subject = _text_engine().render_to_string(f"correspondence/{kind}.subject.txt", _context(values, escape=False))
        text = _text_engine().render_to_string(f"correspondence/{kind}.txt", _context(values, escape=False))
        html = _html_engine().render_to_string(f"correspondence/{kind}.html", _context(values, escape=True))
    return Content(subject=_shortened(one_line(subject)), text=_tidy(text), html=html)


@cache
def _text_engine() -> Engine:
    return _engine(autoescape=False)


@cache
def _html_engine() -> Engine:
    return _engine(autoescape=True)


def _engine(*, autoescape: bool) -> Engine:
    return Engine(dirs=[_FOLDER], autoescape=autoescape, libraries={"i18n": "django.templatetags.i18n"})


def _context(values: dict[str, Any], *, escape: bool) -> Context:
    return Context(values, autoescape=escape)


def _shown(value: Any, locale: Locale) -> Any:
    """This function will turn a value of a context into what a template prints."""
    if isinstance(value, tuple):
        return [_shown(each, locale) for each in value]
    for kind, show in _SHOWN.items():
        if isinstance(value, kind):
            return show(value, locale)
    if is_dataclass(value):
        return {each.name: _shown(getattr(value, each.name), locale) for each in fields(value)}
    return value


# Declines and the like are text, too, so they stand first.
_SHOWN: dict[type, Callable[[Any, Locale], Any]] = {
    Decline: lambda decline, _locale: decline_words(decline),
    Need: lambda need, _locale: need_words(need),
    AutopayChange: lambda change, _locale: change_words(change),
    Money: shown_money,
    # A moment is a date, too.
    datetime: written_moment,
    date: written_date,
    str: lambda text, _locale: one_line(text),
}


def _shortened(subject: str) -> str:
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"


def _tidy(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip() + "\n"


def _readable_on(colour: str) -> str:
    """This function will return black or white, whichever stands out more on the colour (WCAG 2.2, luminance)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return _WHITE if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else _BLACK
