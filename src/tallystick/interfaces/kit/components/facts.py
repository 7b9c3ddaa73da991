"""Components that state facts: names and values, figures, what happened, journal entries."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.utils.safestring import SafeString

from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.icons import icon as draw
from tallystick.interfaces.kit.journal import JournalEntry
from tallystick.interfaces.kit.writing import write_html

register = template.Library()


@register.simple_block_tag
def facts(content: str, *, columns: int = 1, amounts: bool = False) -> SafeString:
    """This function will draw names and values, made of `{% fact %}`s; `amounts` draws a sum: the last is its total."""
    kind = "facts facts--amounts" if amounts else "facts"
    return write_html('<dl class="{}" data-columns="{}">{}</dl>', kind, columns, content)


@register.simple_block_tag
def fact(content: str, label: object) -> SafeString:
    """This function will draw one name and its value; an empty value shows as a dash."""
    return write_html("<div><dt>{}</dt><dd>{}</dd></div>", label, (content.strip() and content) or markup.NOTHING)


@register.simple_block_tag
def stats(content: str) -> SafeString:
    """This function will draw a row of `{% stat %}`s."""
    return write_html('<div class="stats">{}</div>', content)


@register.inclusion_tag("kit/components/stat.html")
def stat(
    label: object,
    value: object,
    *,
    href: str = "",
    hint: object = "",
    hint_href: str = "",
    formula: object = "",
    change: object = "",
    direction: str = "",
) -> dict[str, Any]:
    """This function will draw one figure: its formula on hover, its change below.

    `href` links the figure to the rows behind it; where its amounts are links themselves, `hint_href` links the hint.
    """
    return {
        "label": label,
        "value": value,
        "href": href,
        "hint": hint,
        "hint_href": hint_href,
        "formula": formula,
        "change": change,
        "direction": direction,
    }


@register.simple_block_tag
def timeline(content: str) -> SafeString:
    """This function will draw what happened, newest first or oldest first as the caller writes it."""
    return write_html('<ol class="timeline">{}</ol>', content)


@register.simple_block_tag
def event(
    content: str, title: object, *, at: object = "", by: object = "", icon: str = "circle", tone: str = "neutral"
) -> SafeString:
    """This function will draw one thing that happened: what, when, who; details as content."""
    detail = write_html('<div class="event-detail">{}</div>', content) if content.strip() else ""
    who = write_html('<span class="event-by">{}</span>', by) if by else ""
    return write_html(
        '<li class="event" data-tone="{}"><span class="event-mark">{}</span><div class="event-text">'
        '<p class="event-title">{}</p><p class="event-meta">{}{}</p>{}</div></li>',
        tone,
        draw(icon),
        title,
        at,
        who,
        detail,
    )


@register.inclusion_tag("kit/components/journal.html")
def journal(entries: Iterable[JournalEntry]) -> dict[str, Any]:
    """This function will draw journal entries as accountants read them: debit, credit, and that they balance."""
    return {"entries": list(entries)}


@register.simple_block_tag
def stepper(content: str, label: str) -> SafeString:
    """This function will draw the steps of a longer task, made of `{% step %}`s."""
    return write_html('<ol class="stepper" aria-label="{}">{}</ol>', label, content)


@register.inclusion_tag("kit/components/step.html")
def step(label: object, *, state: str = "next", href: str = "") -> dict[str, Any]:
    """This function will draw one step: `state` is done, current or next."""
    return {"label": label, "state": state, "href": href}


@register.inclusion_tag("kit/components/progress.html")
def progress(value: int, maximum: int, *, label: object, detail: object = "", tone: str = "accent") -> dict[str, Any]:
    """This function will draw how far something has come."""
    share = 0 if maximum <= 0 else min(100, max(0, value * 100 // maximum))
    return {"value": value, "maximum": maximum, "label": label, "detail": detail, "tone": tone, "share": share}


@register.inclusion_tag("kit/components/shares.html")
def shares(parts: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """This function will draw how large the parts of a whole are, each with the number of its series and its value.

    It is a picture alone: a table with the same parts, each with its `swatch`, belongs below it.
    """
    whole = sum(value for _series, value in parts)
    bars, before = [], 0
    for series, value in parts:
        start, end = before * 1000 // whole, (before + value) * 1000 // whole
        bars.append({"series": series, "start": start, "width": end - start})
        before += value
    return {"bars": bars}


@register.simple_block_tag
def chart(content: str, title: object, *, lead: object = "") -> SafeString:
    """This function will frame a chart that the server drew as SVG; a table of its numbers belongs beside it."""
    below = write_html('<span class="chart-lead">{}</span>', lead) if lead else ""
    return write_html(
        '<figure class="chart"><figcaption class="chart-title">{}{}</figcaption>{}</figure>', title, below, content
    )
