"""Components of lists and forms."""

import uuid
from typing import TYPE_CHECKING, Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from tallystick.interfaces.kit import formatting, markup
from tallystick.interfaces.kit.writing import write_html

if TYPE_CHECKING:
    from tallystick.interfaces.kit.tables import TablePage

register = template.Library()


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
    below = write_html('<p class="fieldset-hint">{}</p>', hint) if hint else ""
    return write_html(
        '<fieldset class="fieldset"><legend>{}</legend>{}<div class="fieldset-body">{}</div></fieldset>',
        legend,
        below,
        content,
    )


@register.simple_block_tag
def form_actions(content: str) -> SafeString:
    """This function will draw the foot of a form: the main button first."""
    return write_html('<div class="form-actions">{}</div>', content)


@register.simple_tag
def submit_once() -> SafeString:
    """This function will give a form an `idempotency_key`, so that sending it twice does its work once."""
    return write_html('<input type="hidden" name="idempotency_key" value="{}">', uuid.uuid4())


@register.simple_tag
def amount_text(minor: int, currency: str, shape: formatting.Shape = "symbol") -> str:
    """This function will write an amount as plain text, for titles, labels and attributes."""
    return formatting.format_amount(minor, currency, markup.current_locale(), shape=shape)
