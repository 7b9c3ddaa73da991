"""Components that hold others: cards, disclosures, dialogs, drawers."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

from tallystick.interfaces.kit.components.actions import button
from tallystick.interfaces.kit.components.drawing import draw_component
from tallystick.interfaces.kit.icons import icon as draw
from tallystick.interfaces.kit.writing import write_attributes, write_html

register = template.Library()


@register.simple_block_tag
def card(content: str, *, flush: bool = False, **attributes: Any) -> SafeString:
    """This function will draw a bordered surface; `flush` lets a table touch its edges."""
    kind = "card card--flush" if flush else "card"
    return write_html("<section{}>{}</section>", write_attributes({"class": kind, **attributes}), content)


@register.simple_block_tag
def card_header(content: str, title: object, *, lead: object = "", level: int = 2) -> SafeString:
    """This function will draw the head of a card; its content stands at the end of the line."""
    below = write_html('<p class="card-lead">{}</p>', lead) if lead else ""
    actions = write_html('<div class="card-actions">{}</div>', content) if content.strip() else ""
    return write_html(
        '<header class="card-header"><div><h{0} class="card-title">{1}</h{0}>{2}</div>{3}</header>',
        level,
        title,
        below,
        actions,
    )


@register.simple_block_tag
def disclosure(content: str, summary: object, *, icon: str = "", is_open: bool = False) -> SafeString:
    """This function will draw a line that opens to show more, such as "Explain this number"."""
    return write_html(
        '<details class="disclosure"{}><summary>{}<span>{}</span>{}</summary>'
        '<div class="disclosure-body">{}</div></details>',
        mark_safe(" open") if is_open else "",
        draw(icon) if icon else "",
        summary,
        draw("chevron-down"),
        content,
    )


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, name: str, title: object, *, lead: object = "") -> SafeString:
    """This function will draw a dialog that `{% button … opens=name %}` opens."""
    return draw_component(context, "dialog", content=content, name=name, title=title, lead=lead, kind="dialog")


@register.simple_block_tag(takes_context=True)
def drawer(context: Context, content: str, name: str, title: object, *, lead: object = "") -> SafeString:
    """This function will draw a panel at the end of the screen that `{% button … opens=name %}` opens."""
    return draw_component(context, "dialog", content=content, name=name, title=title, lead=lead, kind="dialog drawer")


@register.simple_block_tag
def dialog_actions(content: str) -> SafeString:
    """This function will draw the foot of a dialog or drawer: what to do, the main thing last."""
    return write_html('<footer class="dialog-actions">{}</footer>', content)


@register.simple_tag
def dialog_cancel(name: str, label: object) -> SafeString:
    """This function will draw the button that closes a dialog without doing anything."""
    return button(label, variant="secondary", type="button", command="close", commandfor=name)
