"""Components that do something: buttons, menus, links into dialogs."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

from tallystick.interfaces.kit.components.drawing import draw_component
from tallystick.interfaces.kit.icons import icon as draw
from tallystick.interfaces.kit.writing import write_attributes, write_html

register = template.Library()


@register.simple_tag
def button(
    label: object,
    *,
    variant: str = "secondary",
    icon: str = "",
    icon_end: str = "",
    href: str = "",
    size: str = "",
    only_icon: bool = False,
    opens: str = "",
    in_dialog: bool = False,
    **attributes: Any,
) -> SafeString:
    """This function will draw a button, or a link that looks like one when it has an `href`.

    `variant` is primary, secondary, ghost or danger; `opens` names a dialog or drawer on the page, and with `in_dialog`
    the link shows its page in the page's dialog. A button submits its form unless it opens something or has a `type`.
    """
    classes = ["button", f"button--{variant}"]
    if size:
        classes.append(f"button--{size}")
    if only_icon:
        classes.append("button--icon")
    values: dict[str, Any] = {"class": " ".join(classes)}
    if opens:
        values |= {"command": "show-modal", "commandfor": opens, "type": "button"}
    elif in_dialog:
        values |= to_dialog(href)
    elif not href:
        values["type"] = attributes.pop("type", "submit")
    if only_icon:
        values |= {"aria-label": label, "title": label}
    written = write_attributes({"href": href, **values, **attributes})
    text = "" if only_icon else write_html("<span>{}</span>", label)
    return write_html(
        "<{0}{1}>{2}{3}{4}</{0}>",
        "a" if href else "button",
        written,
        draw(icon) if icon else "",
        text,
        draw(icon_end) if icon_end else "",
    )


def to_dialog(url: str) -> dict[str, str]:
    """This function will return what makes a link show its page in a dialog; without scripts it leads there."""
    return {
        "hx_get": url,
        "hx_target": "#kit-dialog-body",
        "hx_swap": "innerHTML",
        # In a list it would else take of the page what the list is drawn anew with, which is not there.
        "hx_select": "unset",
        "hx_select_oob": "unset",
        "hx_push_url": "false",
        "data_opens": "kit-dialog",
        "aria_haspopup": "dialog",
    }


@register.simple_block_tag(takes_context=True)
def menu(
    context: Context,
    content: str,
    label: str,
    *,
    name: str,
    icon: str = "dots",
    text: bool = False,
    variant: str = "ghost",
    size: str = "",
) -> SafeString:
    """This function will draw a button that opens a list of actions. `name` must be unique on the page."""
    return draw_component(
        context, "menu", content=content, label=label, name=name, icon=icon, text=text, variant=variant, size=size
    )


@register.simple_tag
def menu_item(label: object, *, href: str = "", icon: str = "", tone: str = "", **attributes: Any) -> SafeString:
    """This function will draw one action of a menu; without `href` it is a submit button."""
    values = {"class": "menu-item", "data-tone": tone, "href": href, **attributes}
    if not href:
        values.setdefault("type", "submit")
    return write_html(
        "<{0}{1}>{2}<span>{3}</span></{0}>",
        "a" if href else "button",
        write_attributes(values),
        draw(icon) if icon else "",
        label,
    )


@register.simple_tag
def menu_separator() -> SafeString:
    """This function will draw a line between groups of a menu."""
    return mark_safe('<hr class="menu-separator">')


@register.inclusion_tag("kit/components/copy_button.html")
def copy_button(text: str, *, label: str = "") -> dict[str, Any]:
    """This function will draw a button that copies `text`; the text itself must be readable beside it."""
    return {"text": text, "label": label}


@register.simple_tag
def kbd(key: str) -> SafeString:
    """This function will show a key of the keyboard."""
    return write_html('<kbd class="kbd">{}</kbd>', key)


@register.simple_tag
def opens(kind: str, url: str) -> SafeString:
    """This function will give a link what it needs to show its page in the page's "dialog" or "drawer".

    Without JavaScript the link simply leads there.
    """
    target = f"kit-{kind}"
    return write_html(
        ' href="{}" hx-get="{}" hx-target="#{}-body" hx-swap="innerHTML" data-opens="{}" aria-haspopup="dialog"',
        url,
        url,
        target,
        target,
    )
