"""Every component is a tag of its name; what stands between the tag and its `end…` is the component's content.

Values that a component knows are named arguments. Any other named argument becomes an attribute of its outermost
element, with `_` written as `-`: `{% button "Retry" hx_post=url %}` gives `hx-post="…"`. The living page at `/kit/`
shows each of them.
"""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.components import actions, answers, containers, facts, lists_and_forms, pages
from tallystick.interfaces.kit.icons import icon
from tallystick.interfaces.kit.writing import write_html

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
@cache
def kit_styles() -> SafeString:
    """This function will link the kit's stylesheets."""
    return _linked('<link rel="stylesheet" href="{}">', [f"kit/css/{name}.css" for name in _STYLES])


@register.simple_tag
@cache
def kit_scripts() -> SafeString:
    """This function will load the kit's scripts, each on its own and none before the page is read."""
    return _linked('<script defer src="{}"></script>', [f"kit/js/{name}.js" for name in _SCRIPTS])


def _linked(link: str, paths: list[str]) -> SafeString:
    # The files' addresses hold their contents' hashes; they stay as they are as long as the process runs.
    return mark_safe("\n".join(write_html(link, static(path)) for path in paths))  # noqa: S308 - our own links
