"""The icons: our own drawings on a grid of 16, one line weight, coloured by the text around them.

They are written into the page: no request, no flash, and an error page has them even when nothing else works.
"""

# ruff: noqa: E501 - a drawing is one line

from functools import cache
from typing import Final

from django.utils.safestring import SafeString, mark_safe

from tallystick.interfaces.kit.writing import write_html

_CIRCLE = '<circle cx="8" cy="8" r="6.25"/>'
_DOC = '<path d="M3.5 1.75h6l3 3v9.5h-9z"/><path d="M9.5 1.75v3h3"/>'
_PERSON = '<circle cx="8" cy="5.25" r="2.75"/><path d="M2.75 14.25c.5-3 2.6-4.5 5.25-4.5s4.75 1.5 5.25 4.5"/>'

SHAPES: Final[dict[str, str]] = {
    "alert": '<path d="M8 2 14.5 13.5h-13z"/><path d="M8 6.5v3.25M8 11.6v.15"/>',
    "arrow-down": '<path d="M8 2.75v10.5M3.75 9 8 13.25 12.25 9"/>',
    "arrow-left": '<path d="M13.25 8H2.75M7 3.75 2.75 8 7 12.25"/>',
    "arrow-right": '<path d="M2.75 8h10.5M9 3.75 13.25 8 9 12.25"/>',
    "arrow-up": '<path d="M8 13.25V2.75M3.75 7 8 2.75 12.25 7"/>',
    "bank": '<path d="M2 6.25 8 2.5l6 3.75zM3.75 8.5v3M8 8.5v3M12.25 8.5v3M2 13.5h12"/>',
    "bell": '<path d="M3.75 11.25c.9-1 1-2.2 1-4a3.25 3.25 0 0 1 6.5 0c0 1.8.1 3 1 4zM6.75 13.5a1.4 1.4 0 0 0 2.5 0"/>',
    "book": '<path d="M2.75 2.5h8.5a2 2 0 0 1 2 2v9h-9a1.5 1.5 0 0 1-1.5-1.5z"/><path d="M2.75 12a1.5 1.5 0 0 1 1.5-1.5h9"/>',
    "building": '<path d="M3.25 14.25V2h6.5v12.25M9.75 6.5h3v7.75M1.75 14.25h12.5M5.5 5h2M5.5 8h2M5.5 11h2"/>',
    "calendar": '<rect x="2.25" y="3.25" width="11.5" height="10.5" rx="1.5"/><path d="M2.25 6.75h11.5M5.5 1.75v3M10.5 1.75v3"/>',
    "card": '<rect x="1.75" y="3.25" width="12.5" height="9.5" rx="1.5"/><path d="M1.75 6.5h12.5M4.5 10h2.5"/>',
    "chart": '<path d="M2.25 2.25v11.5h11.5"/><path d="M5 10.75 7.5 7.5l2.25 2 4-5"/>',
    "check": '<path d="m3 8.5 3.25 3.25L13 4.75"/>',
    "check-circle": _CIRCLE + '<path d="m5.25 8.25 2 2 3.5-4"/>',
    "chevron-down": '<path d="m4 6.25 4 4 4-4"/>',
    "chevron-left": '<path d="m9.75 4-4 4 4 4"/>',
    "chevron-right": '<path d="m6.25 4 4 4-4 4"/>',
    "chevron-up": '<path d="m4 9.75 4-4 4 4"/>',
    "circle": _CIRCLE,
    "clock": _CIRCLE + '<path d="M8 4.5V8l2.25 1.5"/>',
    "coins": '<circle cx="6" cy="6" r="4"/><path d="M10.9 5.3a4 4 0 1 1-5.5 5.6"/>',
    "columns": '<rect x="2" y="2.75" width="12" height="10.5" rx="1.5"/><path d="M6 2.75v10.5M10 2.75v10.5"/>',
    "copy": '<rect x="5.5" y="5.5" width="8.25" height="8.25" rx="1.5"/><path d="M3.5 10.5h-.25a1 1 0 0 1-1-1v-6.25a1 1 0 0 1 1-1H9.5a1 1 0 0 1 1 1v.25"/>',
    "download": '<path d="M8 2.25v7.5M4.75 6.75 8 9.75l3.25-3M2.5 11.5v2.25h11V11.5"/>',
    "dots": '<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.25"/>',
    "external": '<path d="M6.5 3.25H3.25v9.5h9.5V9.5M9.25 2.75h4v4M13 3 7.5 8.5"/>',
    "eye": '<path d="M1.5 8C3 5 5.25 3.5 8 3.5S13 5 14.5 8C13 11 10.75 12.5 8 12.5S3 11 1.5 8z"/><circle cx="8" cy="8" r="2"/>',
    "eye-off": '<path d="M6 3.8A6.6 6.6 0 0 1 8 3.5c2.75 0 5 1.5 6.5 4.5a9 9 0 0 1-1.9 2.6M10.2 12A6.8 6.8 0 0 1 8 12.5C5.25 12.5 3 11 1.5 8a9.4 9.4 0 0 1 2.3-2.9M2.5 2.5l11 11"/>',
    "file": _DOC,
    "filter": '<path d="M2 3.75h12M4.25 8h7.5M6.5 12.25h3"/>',
    "flag": '<path d="M3.25 14.25V2.5c3-1.5 5.5 1.5 9.5 0V9c-4 1.5-6.5-1.5-9.5 0"/>',
    "help": _CIRCLE + '<path d="M6.25 6.4A1.8 1.8 0 0 1 8 5c1 0 1.75.6 1.75 1.5C9.75 7.75 8 7.75 8 9M8 11.1v.15"/>',
    "home": '<path d="M2.25 7.25 8 2.25l5.75 5v6.5h-4v-4h-3.5v4h-4z"/>',
    "info": _CIRCLE + '<path d="M8 7.25v3.75M8 4.9v.15"/>',
    "invoice": _DOC + '<path d="M6 8h4M6 10.75h4"/>',
    "key": '<circle cx="5" cy="11" r="2.75"/><path d="m7 9 6-6M10.5 5.5 12.5 7.5"/>',
    "link": '<path d="M6.75 9.25 9.25 6.75M7.25 4.75l1.5-1.5a2.83 2.83 0 0 1 4 4l-1.5 1.5M8.75 11.25l-1.5 1.5a2.83 2.83 0 0 1-4-4l1.5-1.5"/>',
    "list": '<path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01"/>',
    "lock": '<rect x="3" y="7" width="10" height="6.75" rx="1.5"/><path d="M5 7V5a3 3 0 0 1 6 0v2"/>',
    "mail": '<rect x="1.75" y="3.25" width="12.5" height="9.5" rx="1.5"/><path d="m2.25 4.5 5.75 4.25 5.75-4.25"/>',
    "menu": '<path d="M2.25 4.25h11.5M2.25 8h11.5M2.25 11.75h11.5"/>',
    "minus": '<path d="M3 8h10"/>',
    "moon": '<path d="M13.5 9.75A6 6 0 0 1 6.25 2.5a6 6 0 1 0 7.25 7.25z"/>',
    "note": '<path d="M2.75 2.75h10.5v7l-3.5 3.5h-7z"/><path d="M9.75 13.25v-3.5h3.5"/>',
    "paperclip": '<path d="m13.25 7.5-5.4 5.4a3.2 3.2 0 0 1-4.5-4.5L8.9 2.85a2.1 2.1 0 0 1 3 3L6.4 11.4a1 1 0 0 1-1.5-1.5l4.9-4.9"/>',
    "pause": _CIRCLE + '<path d="M6.5 6v4M9.5 6v4"/>',
    "pencil": '<path d="m2.75 13.25.6-2.9 7.4-7.4a1.4 1.4 0 0 1 2 0l.3.3a1.4 1.4 0 0 1 0 2l-7.4 7.4zM9.5 4.25 11.75 6.5"/>',
    "percent": '<path d="m3.5 12.5 9-9"/><circle cx="4.75" cy="4.75" r="1.75"/><circle cx="11.25" cy="11.25" r="1.75"/>',
    "person": _PERSON,
    "people": '<circle cx="6" cy="5.5" r="2.5"/><path d="M1.5 13.75c.4-2.75 2.2-4 4.5-4s4.1 1.25 4.5 4M10.25 3.1a2.5 2.5 0 0 1 0 4.8M12 10.25c1.4.5 2.25 1.6 2.5 3.5"/>',
    "plug": '<path d="M5.75 2v3M10.25 2v3M4 5h8v2.5a4 4 0 0 1-8 0zM8 11.5V14"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "printer": '<path d="M4.5 5.5V2.25h7V5.5M4.5 11.5H2.25v-6h11.5v6H11.5"/><path d="M4.5 9.5h7v4.25h-7z"/>',
    "processing": '<path d="M8 1.75a6.25 6.25 0 0 1 6.25 6.25"/><path d="M14.25 8a6.25 6.25 0 1 1-6.25-6.25" stroke-dasharray="1.6 2.2"/>',
    "product": '<path d="m8 1.75 5.5 3v6.5L8 14.25l-5.5-3v-6.5zM2.5 4.75 8 7.75l5.5-3M8 7.75v6.5"/>',
    "receipt": '<path d="M3.25 1.75h9.5v12.5l-2.4-1.5-2.35 1.5-2.35-1.5-2.4 1.5zM6 5.5h4M6 8.5h4"/>',
    "refresh": '<path d="M13.25 8a5.25 5.25 0 0 1-9.6 2.9M2.75 8a5.25 5.25 0 0 1 9.6-2.9"/><path d="M12.6 2.25v3h-3M3.4 13.75v-3h3"/>',
    "repeat": '<path d="M2.75 7.25V6A2.25 2.25 0 0 1 5 3.75h8M10.75 1.5 13 3.75 10.75 6M13.25 8.75V10A2.25 2.25 0 0 1 11 12.25H3M5.25 10 3 12.25l2.25 2.25"/>',
    "search": '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.25 3.25"/>',
    "send": '<path d="M14 2 1.75 6.5l5 2.75 2.75 5z"/><path d="M14 2 6.75 9.25"/>',
    "settings": '<path d="M2 4.75h5.5M11.5 4.75H14M2 11.25h2.5M8.5 11.25H14"/><circle cx="9.5" cy="4.75" r="1.9"/><circle cx="6.5" cy="11.25" r="1.9"/>',
    "shield": '<path d="M8 1.75 13.25 3.5v4.25c0 3-2 5.25-5.25 6.5-3.25-1.25-5.25-3.5-5.25-6.5V3.5z"/>',
    "sign-out": '<path d="M6.25 2.5h-3.5v11h3.5M10 4.75 13.25 8 10 11.25M13 8H6.25"/>',
    "sort": '<path d="M5 6.25 8 3.25l3 3M5 9.75l3 3 3-3"/>',
    "star": '<path d="m8 1.9 1.85 3.85 4.2.6-3.05 2.95.75 4.2L8 11.5l-3.75 2 .75-4.2L1.95 6.35l4.2-.6z"/>',
    "stop": _CIRCLE + '<path d="m3.75 3.75 8.5 8.5"/>',
    "sun": '<circle cx="8" cy="8" r="2.75"/><path d="M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7"/>',
    "system": '<rect x="1.75" y="2.75" width="12.5" height="8.5" rx="1.5"/><path d="M5.5 13.75h5"/>',
    "ticket": '<path d="M1.75 4h12.5v2.5a1.5 1.5 0 0 0 0 3V12H1.75V9.5a1.5 1.5 0 0 0 0-3zM9.75 4v1.5M9.75 7.25v1.5M9.75 10.5V12"/>',
    "trash": '<path d="M2.5 4.25h11M6 4V2.25h4V4M3.75 4.25l.75 9.5h7l.75-9.5M6.75 7v4M9.25 7v4"/>',
    "undo": '<path d="M2.75 6h7a3.75 3.75 0 0 1 0 7.5H6M6 2.75 2.75 6 6 9.25"/>',
    "unlink": '<path d="M7.25 4.75l1.5-1.5a2.83 2.83 0 0 1 4 4l-1.5 1.5M8.75 11.25l-1.5 1.5a2.83 2.83 0 0 1-4-4l1.5-1.5M2.5 2.5l11 11"/>',
    "upload": '<path d="M8 9.75v-7.5M4.75 5.25 8 2.25l3.25 3M2.5 11.5v2.25h11V11.5"/>',
    "wallet": '<path d="M12.25 5V2.75H3.5a1.25 1.25 0 0 0 0 2.5h10v8.5h-10a1.25 1.25 0 0 1-1.25-1.25V4"/><path d="M11 9.5h.01" stroke-width="2"/>',
    "webhook": '<circle cx="8" cy="4.25" r="2"/><circle cx="3.75" cy="11.5" r="2"/><circle cx="12.25" cy="11.5" r="2"/><path d="m7 6-2.3 3.8M9 6l2.3 3.8M5.75 11.5h4.5"/>',
    "x": '<path d="m3.75 3.75 8.5 8.5M12.25 3.75l-8.5 8.5"/>',
    "x-circle": _CIRCLE + '<path d="m5.9 5.9 4.2 4.2M10.1 5.9l-4.2 4.2"/>',
}  # fmt: skip

# These point somewhere along the line of reading, so they turn round where reading does.
_TURNING: Final = frozenset(
    {"arrow-left", "arrow-right", "chevron-left", "chevron-right", "external", "list", "send", "sign-out", "undo"}
)


def icon(name: str, *, label: str = "") -> SafeString:
    """This function will draw an icon: hidden from screen readers, unless it has a label of its own.

    Raises:
        KeyError: when there is no such icon.
    """
    if not label:
        return _unlabelled(name)
    return write_html(
        '<svg class="{}" viewBox="0 0 16 16" role="img" aria-label="{}">{}</svg>', _kind(name), label, _shape(name)
    )


@cache
def _unlabelled(name: str) -> SafeString:
    return write_html('<svg class="{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>', _kind(name), _shape(name))


def _kind(name: str) -> str:
    return "icon icon--turns" if name in _TURNING else "icon"


def _shape(name: str) -> SafeString:
    return mark_safe(SHAPES[name])  # noqa: S308 - our own drawing
