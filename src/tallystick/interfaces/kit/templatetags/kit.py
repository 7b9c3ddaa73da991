"""Every component is a tag of its name; what stands between the tag and its `end…` is the component's content.

Values that a component knows are named arguments. Any other named argument becomes an attribute of its outermost
element, with `_` written as `-`: `{% button "Retry" hx_post=url %}` gives `hx-post="…"`. The living page at `/kit/`
shows each of them.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import template
from django.forms.utils import flatatt
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tallystick.interfaces.kit import formatting, markup
from tallystick.interfaces.kit.icons import icon as draw
from tallystick.interfaces.kit.journal import JournalEntry

if TYPE_CHECKING:
    from tallystick.interfaces.kit.tables import TablePage

register = template.Library()

register.simple_tag(markup.amount, name="amount")
register.simple_tag(markup.big_amount, name="big_amount")
register.simple_tag(markup.moment, name="moment")
register.simple_tag(markup.day, name="day")
register.simple_tag(markup.badge, name="badge")
register.simple_tag(markup.status, name="status")
register.simple_tag(markup.avatar, name="avatar")
register.simple_tag(markup.person, name="person")
register.simple_tag(draw, name="icon")


def _attributes(values: Mapping[str, Any]) -> SafeString:
    """This function will write attributes: `hx_get` as hx-get, True as the bare name; None and False not at all."""
    return flatatt(
        {name.rstrip("_").replace("_", "-"): value for name, value in values.items() if value not in {None, ""}}
    )


def _component(context: Context, name: str, /, **values: Any) -> SafeString:
    """This function will render a component's template with the page's context beside its own values."""
    assert context.template is not None  # noqa: S101 - a tag renders inside a template
    chosen = context.template.engine.get_template(f"kit/components/{name}.html")
    with context.push(**values):
        return chosen.render(context)


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
    "reset tokens base shells page actions fields pickers lists facts story overlays answers portal utilities print"
).split()


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


# --- Actions ---------------------------------------------------------------------------------------------------------


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
    **attributes: Any,
) -> SafeString:
    """This function will draw a button, or a link that looks like one when it has an `href`.

    `variant` is primary, secondary, ghost or danger; `opens` names a dialog or drawer on the page. A button submits
    its form unless it opens something or has a `type`.
    """
    classes = ["button", f"button--{variant}"]
    if size:
        classes.append(f"button--{size}")
    if only_icon:
        classes.append("button--icon")
    values: dict[str, Any] = {"class": " ".join(classes)}
    if opens:
        values |= {"command": "show-modal", "commandfor": opens, "type": "button"}
    elif not href:
        values["type"] = attributes.pop("type", "submit")
    if only_icon:
        values |= {"aria-label": label, "title": label}
    written = _attributes({"href": href, **values, **attributes})
    text = "" if only_icon else format_html("<span>{}</span>", label)
    return format_html(
        "<{0}{1}>{2}{3}{4}</{0}>",
        "a" if href else "button",
        written,
        draw(icon) if icon else "",
        text,
        draw(icon_end) if icon_end else "",
    )


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
    return _component(
        context, "menu", content=content, label=label, name=name, icon=icon, text=text, variant=variant, size=size
    )


@register.simple_tag
def menu_item(label: object, *, href: str = "", icon: str = "", tone: str = "", **attributes: Any) -> SafeString:
    """This function will draw one action of a menu; without `href` it is a submit button."""
    values = {"class": "menu-item", "data-tone": tone, "href": href, **attributes}
    if not href:
        values.setdefault("type", "submit")
    return format_html(
        "<{0}{1}>{2}<span>{3}</span></{0}>",
        "a" if href else "button",
        _attributes(values),
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
    return format_html('<kbd class="kbd">{}</kbd>', key)


@register.simple_tag
def opens(kind: str, url: str) -> SafeString:
    """This function will give a link what it needs to show its page in the page's "dialog" or "drawer".

    Without JavaScript the link simply leads there.
    """
    target = f"kit-{kind}"
    return format_html(
        ' href="{}" hx-get="{}" hx-target="#{}-body" hx-swap="innerHTML" data-opens="{}" aria-haspopup="dialog"',
        url,
        url,
        target,
        target,
    )


# --- Page ------------------------------------------------------------------------------------------------------------


@register.simple_block_tag(takes_context=True)
def page_header(
    context: Context, content: str, title: object, *, eyebrow: object = "", badges: object = "", lead: object = ""
) -> SafeString:
    """This function will draw the head of a page: what it is, its state, and (as content) what can be done next."""
    return _component(context, "page_header", content=content, title=title, eyebrow=eyebrow, badges=badges, lead=lead)


@register.simple_block_tag(takes_context=True)
def breadcrumb(context: Context, content: str) -> SafeString:
    """This function will draw the way here, made of `{% crumb %}`s."""
    return _component(context, "breadcrumb", content=content)


@register.simple_tag
def crumb(label: object, href: str = "") -> SafeString:
    """This function will draw one step of the way here; the last has no `href`."""
    if href:
        return format_html('<li><a href="{}">{}</a></li>', href, label)
    return format_html('<li><span aria-current="page">{}</span></li>', label)


@register.simple_block_tag(takes_context=True)
def tabs(context: Context, content: str, label: str) -> SafeString:
    """This function will draw tabs, made of `{% tab %}`s, that lead to pages or (with `#…`) to panels of this page."""
    return _component(context, "tabs", content=content, label=label)


@register.simple_tag
def tab(label: object, href: str, *, current: bool = False, count: object = None) -> SafeString:
    """This function will draw one tab."""
    number = format_html(' <span class="count">{}</span>', count) if count is not None else ""
    here = mark_safe(' aria-current="page"') if current else ""
    return format_html('<a class="tab" href="{}"{}>{}{}</a>', href, here, label, number)


@register.simple_tag(takes_context=True)
def nav_item(
    context: Context,
    label: object,
    href: str,
    *,
    icon: str = "",
    section: bool = False,
    count: object = None,
    **attributes: Any,
) -> SafeString:
    """This function will draw one entry of the sidebar or of the portal's navigation.

    It is marked as current on its own page, and with `section` on every page below it.
    """
    here = context["request"].path if "request" in context else ""
    current = here == href or (section and here.startswith(href))
    number = format_html('<span class="count">{}</span>', count) if count is not None else ""
    values = {"class": "nav-item", "href": href, "aria-current": "page" if current else None, **attributes}
    return format_html(
        "<li><a{}>{}<span>{}</span>{}</a></li>", _attributes(values), draw(icon) if icon else "", label, number
    )


@register.simple_block_tag
def nav_group(content: str, label: object = "") -> SafeString:
    """This function will draw a group of entries of the sidebar under a small heading."""
    heading = format_html('<h2 class="nav-heading">{}</h2>', label) if label else ""
    return format_html('{}<ul class="nav-group">{}</ul>', heading, content)


# --- Containers ------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def card(content: str, *, flush: bool = False, **attributes: Any) -> SafeString:
    """This function will draw a bordered surface; `flush` lets a table touch its edges."""
    kind = "card card--flush" if flush else "card"
    return format_html("<section{}>{}</section>", _attributes({"class": kind, **attributes}), content)


@register.simple_block_tag
def card_header(content: str, title: object, *, lead: object = "", level: int = 2) -> SafeString:
    """This function will draw the head of a card; its content stands at the end of the line."""
    below = format_html('<p class="card-lead">{}</p>', lead) if lead else ""
    actions = format_html('<div class="card-actions">{}</div>', content) if content.strip() else ""
    return format_html(
        '<header class="card-header"><div><h{0} class="card-title">{1}</h{0}>{2}</div>{3}</header>',
        level,
        title,
        below,
        actions,
    )


@register.simple_block_tag
def disclosure(content: str, summary: object, *, icon: str = "", is_open: bool = False) -> SafeString:
    """This function will draw a line that opens to show more, such as "Explain this number"."""
    return format_html(
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
    return _component(context, "dialog", content=content, name=name, title=title, lead=lead, kind="dialog")


@register.simple_block_tag(takes_context=True)
def drawer(context: Context, content: str, name: str, title: object, *, lead: object = "") -> SafeString:
    """This function will draw a panel at the end of the screen that `{% button … opens=name %}` opens."""
    return _component(context, "dialog", content=content, name=name, title=title, lead=lead, kind="dialog drawer")


@register.simple_block_tag
def dialog_actions(content: str) -> SafeString:
    """This function will draw the foot of a dialog or drawer: what to do, the main thing last."""
    return format_html('<footer class="dialog-actions">{}</footer>', content)


@register.simple_tag
def dialog_cancel(name: str, label: object) -> SafeString:
    """This function will draw the button that closes a dialog without doing anything."""
    return button(label, variant="secondary", type="button", command="close", commandfor=name)


# --- Facts -----------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def facts(content: str, *, columns: int = 1, amounts: bool = False) -> SafeString:
    """This function will draw names and values, made of `{% fact %}`s; `amounts` draws a sum: the last is its total."""
    kind = "facts facts--amounts" if amounts else "facts"
    return format_html('<dl class="{}" data-columns="{}">{}</dl>', kind, columns, content)


@register.simple_block_tag
def fact(content: str, label: object) -> SafeString:
    """This function will draw one name and its value; an empty value shows as a dash."""
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, (content.strip() and content) or markup.NOTHING)


@register.simple_block_tag
def stats(content: str) -> SafeString:
    """This function will draw a row of `{% stat %}`s."""
    return format_html('<div class="stats">{}</div>', content)


@register.inclusion_tag("kit/components/stat.html")
def stat(
    label: object,
    value: object,
    *,
    href: str = "",
    hint: object = "",
    formula: object = "",
    change: object = "",
    direction: str = "",
) -> dict[str, Any]:
    """This function will draw one figure: a link to the rows behind it, its formula on hover, its change below."""
    return {
        "label": label,
        "value": value,
        "href": href,
        "hint": hint,
        "formula": formula,
        "change": change,
        "direction": direction,
    }


@register.simple_block_tag
def timeline(content: str) -> SafeString:
    """This function will draw what happened, newest first or oldest first as the caller writes it."""
    return format_html('<ol class="timeline">{}</ol>', content)


@register.simple_block_tag
def event(
    content: str, title: object, *, at: object = "", by: object = "", icon: str = "circle", tone: str = "neutral"
) -> SafeString:
    """This function will draw one thing that happened: what, when, who; details as content."""
    detail = format_html('<div class="event-detail">{}</div>', content) if content.strip() else ""
    who = format_html('<span class="event-by">{}</span>', by) if by else ""
    return format_html(
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
    return format_html('<ol class="stepper" aria-label="{}">{}</ol>', label, content)


@register.inclusion_tag("kit/components/step.html")
def step(label: object, *, state: str = "next", href: str = "") -> dict[str, Any]:
    """This function will draw one step: `state` is done, current or next."""
    return {"label": label, "state": state, "href": href}


@register.inclusion_tag("kit/components/progress.html")
def progress(value: int, maximum: int, *, label: object, detail: object = "", tone: str = "accent") -> dict[str, Any]:
    """This function will draw how far something has come."""
    share = 0 if maximum <= 0 else min(100, max(0, value * 100 // maximum))
    return {"value": value, "maximum": maximum, "label": label, "detail": detail, "tone": tone, "share": share}


@register.simple_block_tag
def chart(content: str, title: object, *, lead: object = "") -> SafeString:
    """This function will frame a chart that the server drew as SVG; a table of its numbers belongs beside it."""
    below = format_html('<span class="chart-lead">{}</span>', lead) if lead else ""
    return format_html(
        '<figure class="chart"><figcaption class="chart-title">{}{}</figcaption>{}</figure>', title, below, content
    )


# --- Answers ---------------------------------------------------------------------------------------------------------

_ALERT_ICONS = {"neutral": "info", "accent": "info", "success": "check-circle", "warning": "alert", "danger": "alert"}


@register.simple_block_tag
def alert(content: str, title: object = "", *, tone: str = "neutral", role: str = "") -> SafeString:
    """This function will draw a notice in the page. `role="alert"` has it read out at once."""
    heading = format_html('<p class="alert-title">{}</p>', title) if title else ""
    return format_html(
        '<div{}>{}<div class="alert-body">{}{}</div></div>',
        _attributes({"class": "alert", "data-tone": tone, "role": role}),
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
    return format_html(
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


# --- Lists and forms -------------------------------------------------------------------------------------------------


@register.inclusion_tag("kit/components/data_table.html", takes_context=True)
def data_table(context: Context, page: "TablePage[Any]") -> dict[str, Any]:
    """This function will draw a list of `tables.py`: search, filters, rows, bulk actions and paging."""
    return {"page": page, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("kit/forms/errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """This function will draw the summary of what is wrong with a form, each with a link to its field."""
    return {"form": form}


@register.simple_block_tag
def fieldset(content: str, legend: object, *, hint: object = "") -> SafeString:
    """This function will group fields that answer one question."""
    below = format_html('<p class="fieldset-hint">{}</p>', hint) if hint else ""
    return format_html(
        '<fieldset class="fieldset"><legend>{}</legend>{}<div class="fieldset-body">{}</div></fieldset>',
        legend,
        below,
        content,
    )


@register.simple_block_tag
def form_actions(content: str) -> SafeString:
    """This function will draw the foot of a form: the main button first."""
    return format_html('<div class="form-actions">{}</div>', content)


@register.simple_tag
def submit_once() -> SafeString:
    """This function will give a form an `idempotency_key`, so that sending it twice does its work once."""
    return format_html('<input type="hidden" name="idempotency_key" value="{}">', uuid.uuid4())


@register.simple_tag
def amount_text(minor: int, currency: str, shape: formatting.Shape = "symbol") -> str:
    """This function will write an amount as plain text, for titles, labels and attributes."""
    return formatting.format_amount(minor, currency, markup.current_locale(), shape=shape)
