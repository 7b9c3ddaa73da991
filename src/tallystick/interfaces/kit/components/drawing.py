"""What the components have in common: attributes, and a template drawn inside the page that asks for it."""

from collections.abc import Mapping
from typing import Any

from django.forms.utils import flatatt
from django.template.context import Context
from django.utils.safestring import SafeString


def write_attributes(values: Mapping[str, Any]) -> SafeString:
    """This function will write attributes: `hx_get` as hx-get, True as the bare name; None and False not at all.

    `class_` adds to the component's own classes.
    """
    classes = " ".join(filter(None, (values.get("class"), values.get("class_"))))
    named = {
        name.replace("_", "-"): value
        for name, value in values.items()
        if name not in {"class", "class_"} and value not in {None, ""}
    }
    return flatatt({"class": classes, **named} if classes else named)


def draw_component(context: Context, name: str, /, **values: Any) -> SafeString:
    """This function will render a component's template with the page's context beside its own values."""
    assert context.template is not None  # noqa: S101 - a tag renders inside a template
    chosen = context.template.engine.get_template(f"kit/components/{name}.html")
    with context.push(**values):
        return chosen.render(context)
