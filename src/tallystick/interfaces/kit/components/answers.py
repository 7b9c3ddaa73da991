"""Components that answer: notices, empty and refused places, what is loading."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from tallystick.interfaces.kit.icons import icon as draw
from tallystick.interfaces.kit.writing import write_attributes, write_html

register = template.Library()


_ALERT_ICONS = {"neutral": "info", "accent": "info", "success": "check-circle", "warning": "alert", "danger": "alert"}


@register.simple_block_tag
def alert(content: str, title: object = "", *, tone: str = "neutral", role: str = "") -> SafeString:
    """This function will draw a notice in the page. `role="alert"` has it read out at once."""
    heading = write_html('<p class="alert-title">{}</p>', title) if title else ""
    return write_html(
        '<div{}>{}<div class="alert-body">{}{}</div></div>',
        write_attributes({"class": "alert", "data-tone": tone, "role": role}),
        draw(_ALERT_ICONS[tone]),
        heading,
        content,
    )


_STATES = {
    "empty": ("list", "neutral"),
    "search": ("search", "neutral"),
    "error": ("alert", "danger"),
    "forbidden": ("lock", "neutral"),
    "done": ("check-circle", "success"),
}


@register.simple_block_tag
def state(content: str, kind: str, title: object, *, icon: str = "", level: int = 2) -> SafeString:
    """This function will draw a place that has nothing to show and say why.

    `kind` is empty, search, error, forbidden or done.
    """
    symbol, tone = _STATES[kind]
    return write_html(
        '<div class="state" data-tone="{0}"><span class="state-mark">{1}</span>'
        '<h{2} class="state-title">{3}</h{2}><div class="state-body">{4}</div></div>',
        tone,
        draw(icon or symbol),
        level,
        title,
        content,
    )


@register.inclusion_tag("kit/components/skeleton.html")
def skeleton(*, lines: int = 3, kind: str = "text") -> dict[str, Any]:
    """This function will draw the shape of what is loading: `kind` is text, table or stat."""
    return {"lines": range(lines), "kind": kind}
