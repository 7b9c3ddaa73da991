"""Buttons and entries of menus for what can be done from a page."""

from datetime import date
from uuid import UUID

from django import template
from django.middleware.csrf import get_token
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.addresses import explain_url
from tallystick.interfaces.kit.components.actions import button, menu_item, to_dialog
from tallystick.interfaces.kit.components.lists_and_forms import submit_once
from tallystick.interfaces.kit.formatting import Shape
from tallystick.interfaces.kit.markup import amount

register = template.Library()


def _posted(context: Context, link: Link, control: SafeString) -> SafeString:
    return format_html(
        '<form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">{}{}</form>',
        link.url,
        get_token(context["request"]),
        submit_once(),
        control,
    )


@register.simple_tag(takes_context=True)
def act_button(
    context: Context, link: Link, *, variant: str = "secondary", size: str = "", only_icon: bool = False
) -> SafeString:
    """This function will draw the button of something that can be done: it opens a dialog, leads on, or posts."""
    variant = "danger" if link.tone == "danger" else variant
    if link.post:
        return _posted(
            context, link, button(link.label, variant=variant, icon=link.icon, size=size, only_icon=only_icon)
        )
    return button(
        link.label,
        variant=variant,
        icon=link.icon,
        size=size,
        only_icon=only_icon,
        href=link.url,
        in_dialog=link.dialog,
    )


@register.simple_tag(takes_context=True)
def act_item(context: Context, link: Link) -> SafeString:
    """This function will draw the entry of a menu for something that can be done."""
    if link.post:
        return _posted(context, link, menu_item(link.label, icon=link.icon, tone=link.tone))
    return menu_item(
        link.label, href=link.url, icon=link.icon, tone=link.tone, **(to_dialog(link.url) if link.dialog else {})
    )


@register.simple_tag
def explained(
    minor: int,
    currency: str,
    number: str,
    /,
    *,
    shape: Shape = "code",
    word: str = "",
    **about: UUID | date | str | None,
) -> SafeString:
    """This function will show an amount that can be opened: the name of its number, and what that is about."""
    return amount(minor, currency, shape=shape, word=word, explain=explain_url(number, **about))


@register.simple_tag
def why(number: str, **about: UUID | date | str | None) -> str:
    """This function will return the address that explains a number, for a component that takes one."""
    return explain_url(number, **about)
