"""A component's template, drawn inside the page that asks for it."""

from typing import Any

from django.template.context import Context
from django.utils.safestring import SafeString


def draw_component(context: Context, name: str, /, **values: Any) -> SafeString:
    """This function will render a component's template with the page's context beside its own values."""
    assert context.template is not None  # noqa: S101 - a tag renders inside a template
    chosen = context.template.engine.get_template(f"kit/components/{name}.html")
    with context.push(**values):
        return chosen.render(context)
