"""Every component is a tag of its name; what stands between the tag and its `end…` is the component's content.

Values that a component knows are named arguments. Any other named argument becomes an attribute of its outermost
element, with `_` written as `-`: `{% button "Retry" hx_post=url %}` gives `hx-post="…"`. The living page at `/kit/`
shows each of them.
"""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.components import actions, answers, containers, facts, lists_and_forms, pages
from tallystick.interfaces.kit.icons import icon

register = template.Library()
for part in (actions, answers, containers, facts, lists_and_forms, pages):
    register.tags.update(part.register.tags)

register.simple_tag(markup.amount, name="amount")
register.simple_tag(markup.big_amount, name="big_amount")
register.simple_tag(markup.moment, name="moment")
register.simple_tag(markup.day, name="day")
register.simple_tag(markup.badge, name="badge")
register.simple_tag(markup.status, name="status")
register.simple_tag(markup.avatar, name="avatar")
register.simple_tag(markup.person, name="person")
register.simple_tag(icon, name="icon")

_SCRIPTS = (
    "theme",
    "dialogs",
    "menus",
    "toasts",
    "forms",
    "money",
    "picker",
    "private",
    "bulk",
    "tabs",
    "copy",
    "palette",
)


# In the order of their layers; one link each, because an @import would be found only after its parent has arrived.
_STYLES = (
    "reset",
    "tokens",
    "base",
    "shells",
    "page",
    "actions",
    "fields",
    "pickers",
    "lists",
    "facts",
    "story",
    "overlays",
    "answers",
    "portal",
    "utilities",
    "print",
)


@register.simple_tag
def kit_styles() -> SafeString:
    """This function will link the kit's stylesheets."""
    return format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((static(f"kit/css/{name}.css"),) for name in _STYLES)
    )


@register.simple_tag
def kit_scripts() -> SafeString:
    """This function will load the kit's scripts, each on its own and none before the page is read."""
    return format_html_join(
        "\n", '<script defer src="{}"></script>', ((static(f"kit/js/{name}.js"),) for name in _SCRIPTS)
    )
