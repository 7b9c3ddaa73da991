"""Components of a page: its head, the way here, tabs, navigation."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

from tallystick.interfaces.kit.components.drawing import draw_component
from tallystick.interfaces.kit.icons import icon as draw
from tallystick.interfaces.kit.writing import write_attributes, write_html

register = template.Library()


@register.simple_block_tag(takes_context=True)
def page_header(
    context: Context, content: str, title: object, *, eyebrow: object = "", badges: object = "", lead: object = ""
) -> SafeString:
    """This function will draw the head of a page: what it is, its state, and (as content) what can be done next."""
    return draw_component(
        context, "page_header", content=content, title=title, eyebrow=eyebrow, badges=badges, lead=lead
    )


@register.simple_block_tag(takes_context=True)
def breadcrumb(context: Context, content: str) -> SafeString:
    """This function will draw the way here, made of `{% crumb %}`s."""
    return draw_component(context, "breadcrumb", content=content)


@register.simple_tag
def crumb(label: object, href: str = "") -> SafeString:
    """This function will draw one step of the way here; the last has no `href`."""
    if href:
        return write_html('<li><a href="{}">{}</a></li>', href, label)
    return write_html('<li><span aria-current="page">{}</span></li>', label)


@register.simple_block_tag(takes_context=True)
def tabs(context: Context, content: str, label: str) -> SafeString:
    """This function will draw tabs, made of `{% tab %}`s, that lead to pages or (with `#…`) to panels of this page."""
    return draw_component(context, "tabs", content=content, label=label)


@register.simple_tag
def tab(label: object, href: str, *, current: bool = False, count: object = None, mark: object = "") -> SafeString:
    """This function will draw one tab; `mark` is an icon behind its label."""
    number = write_html(' <span class="count">{}</span>', count) if count is not None else ""
    here = mark_safe(' aria-current="page"') if current else ""
    return write_html('<a class="tab" href="{}"{}>{}{}{}</a>', href, here, label, number, mark)


@register.simple_tag(takes_context=True)
def nav_item(
    context: Context,
    label: object,
    href: str,
    *,
    icon: str = "",
    section: bool = False,
    also: str = "",
    count: object = None,
    **attributes: Any,
) -> SafeString:
    """This function will draw one entry of the sidebar or of the portal's navigation.

    It is marked as current on its own page, with `section` on every page below it, and on those below `also`.
    """
    here = context["request"].path if "request" in context else ""
    current = here == href or (section and here.startswith(href)) or bool(also and here.startswith(also))
    number = write_html('<span class="count">{}</span>', count) if count is not None else ""
    values = {"class": "nav-item", "href": href, "aria-current": "page" if current else None, **attributes}
    return write_html(
        "<li><a{}>{}<span>{}</span>{}</a></li>", write_attributes(values), draw(icon) if icon else "", label, number
    )


@register.simple_block_tag
def nav_group(content: str, label: object = "") -> SafeString:
    """This function will draw a group of entries of the sidebar under a small heading."""
    heading = write_html('<h2 class="nav-heading">{}</h2>', label) if label else ""
    return write_html('{}<ul class="nav-group">{}</ul>', heading, content)
