"""The smallest components, written in Python because a list shows hundreds of them on one page.

Tables use these functions for their cells; pages use the template tags of the same names.
"""

import datetime as dt
import zlib
from collections.abc import Iterable

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tallystick.foundation.clock import business_zone
from tallystick.interfaces.kit import formatting
from tallystick.interfaces.kit.icons import icon
from tallystick.interfaces.kit.status import Tone, look_of
from tallystick.interfaces.kit.writing import write_html

NOTHING = write_html('<span class="nothing" aria-hidden="true">{}</span>', "\N{EN DASH}")


def current_locale() -> str:
    """This function will return the locale in which the page is being written."""
    return get_language() or "en"


def amount(
    minor: int,
    currency: str,
    *,
    word: str = "",
    shape: formatting.Shape = "symbol",
    tone: str = "",
    plus: bool = False,
    explain: str = "",
) -> SafeString:
    """This function will show an amount of minor units; `word` says what a negative one is ("Purchase", "Refund").

    `explain` is the address that explains it: the amount becomes a link, which scripts show in a dialog.
    """
    text = formatting.format_amount(
        minor, currency, current_locale(), shape="number" if shape == "code" else shape, plus=plus
    )
    classes = f"amount amount--{tone}" if tone else "amount"
    said = write_html(' <span class="amount-word">{}</span>', word) if word else ""
    if shape == "code":
        shown = write_html(
            '<span class="{}"><bdi>{}</bdi> <span class="amount-code">{}</span>{}</span>', classes, text, currency, said
        )
    else:
        shown = write_html('<span class="{}"><bdi>{}</bdi>{}</span>', classes, text, said)
    return _explained(shown, explain) if explain else shown


def big_amount(minor: int, currency: str, *, explain: str = "") -> SafeString:
    """This function will show the amount that a page is about: the fraction smaller, the code beside it."""
    whole, fraction, code = formatting.amount_parts(minor, currency, current_locale())
    shown = write_html(
        '<span class="amount amount--big"><bdi>{}<span class="amount-fraction">{}</span></bdi> '
        '<span class="amount-code">{}</span></span>',
        whole,
        fraction,
        code,
    )
    return _explained(shown, explain) if explain else shown


def _explained(shown: SafeString, address: str) -> SafeString:
    return write_html(
        '<a class="amount-why" href="{0}" title="{1}" hx-get="{0}" hx-target="#kit-dialog-body" hx-swap="innerHTML" '
        'data-opens="kit-dialog">{2}</a>',
        address,
        _("Explain this number"),
        shown,
    )


def moment(
    value: dt.datetime | None, *, clock: bool = True, muted: bool = False, zone: dt.tzinfo | None = None
) -> SafeString:
    """This function will show a moment in the business's time zone or the given one, and to the second on hover."""
    if value is None:
        return NOTHING
    zone = zone or business_zone()
    locale = current_locale()
    day = formatting.format_day(value.astimezone(zone).date(), locale)
    exact = formatting.format_exact_moment(value, zone, locale)
    time = (
        write_html(' <span class="moment-clock">{}</span>', formatting.format_clock(value, zone, locale))
        if clock
        else ""
    )
    return write_html(
        '<time class="{}" datetime="{}" title="{}">{}{}</time>',
        "moment moment--muted" if muted else "moment",
        value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        exact,
        day,
        time,
    )


def day(value: dt.date | None) -> SafeString:
    """This function will show a local date, with its weekday on hover."""
    if value is None:
        return NOTHING
    locale = current_locale()
    return write_html(
        '<time class="moment" datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        formatting.format_long_day(value, locale),
        formatting.format_day(value, locale),
    )


def badge(label: object, *, tone: Tone = "neutral", symbol: str = "") -> SafeString:
    """This function will show a short word on its tone, with an icon where one is named."""
    drawn = icon(symbol) if symbol else ""
    return write_html('<span class="badge" data-tone="{}">{}{}</span>', tone, drawn, label)


def status(state: str, *, label: object = "") -> SafeString:
    """This function will show a state: colour, word and icon. `label` is the word that people chose for it."""
    look = look_of(state)
    return badge(label or look.word, tone=look.tone, symbol=look.icon)


def avatar(name: str, *, size: str = "") -> SafeString:
    """This function will show up to two initials of a name, on one of six tints that the name itself picks."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    tint = zlib.crc32(name.encode()) % 6 + 1
    kind = f"avatar avatar--{size}" if size else "avatar"
    return write_html(
        '<span class="{}" data-tint="{}" aria-hidden="true">{}</span>', kind, tint, "".join(letters).upper()
    )


def person(name: str, *, detail: str = "", href: str = "") -> SafeString:
    """This function will show a customer or colleague: initials, name, and one line below."""
    shown = (
        write_html('<a class="person-name" href="{}"><bdi>{}</bdi></a>', href, name)
        if href
        else write_html('<bdi class="person-name" title="{0}">{0}</bdi>', name)
    )
    below = write_html('<bdi class="person-detail">{}</bdi>', detail) if detail else ""
    return write_html('<span class="person">{}<span class="person-text">{}{}</span></span>', avatar(name), shown, below)


def thing(name: str, *, detail: object = "") -> SafeString:
    """This function will show a thing in a list: its name on one line, cut where it is long, and one line below."""
    below = write_html('<span class="person-detail">{}</span>', detail) if detail else ""
    return write_html(
        '<span class="person"><span class="person-text"><bdi class="person-name" title="{0}">{0}</bdi>{1}</span>'
        "</span>",
        name,
        below,
    )


def changes(lines: Iterable[tuple[str, str | None, str]]) -> SafeString:
    """This function will show facts, a line each: what each is called, what it was, if it changed, and what it is."""
    shown = []
    for label, before, after in lines:
        now = write_html('<ins class="change-after"><bdi>{}</bdi></ins>', after or _("nothing"))
        if before is not None:
            was = write_html('<del class="change-before"><bdi>{}</bdi></del>', before or _("nothing"))
            now = write_html('{} <span aria-hidden="true">→</span> {}', was, now)
        shown.append(write_html('<li><span class="change-name">{}</span> {}</li>', label, now))
    return write_html('<ul class="changes">{}</ul>', SafeString("".join(shown))) if shown else SafeString("")
