"""The private part of a description, behind the first `#`: it never leaves the back office (`docs/model.md`, 11)."""

import re
from typing import NamedTuple

_SPLIT = re.compile(r"(?<!\\)#")


class Description(NamedTuple):
    """A description in its two parts: what the customer sees, and what only staff see."""

    public: str
    private: str


def split(text: str) -> Description:
    r"""This function will split at the first `#` that is not escaped as `\#`; an escaped one becomes a plain `#`.

    "PayPal 878 #from the demo." gives ("PayPal 878", "from the demo."); "Invoice \#123" is all public.
    """
    public, *rest = _SPLIT.split(text, maxsplit=1)
    return Description(public.replace("\\#", "#").strip(), rest[0].strip() if rest else "")


def columns(text: str) -> dict[str, str]:
    """This function will return the two columns of a payment in which a description is kept."""
    public, private = split(text)
    return {"description": public, "private_text": private}


def has_private_part(text: str) -> bool:
    """This function will say whether a text as it was typed has a private part, be it an empty one."""
    return _SPLIT.search(text) is not None


def join(description: Description) -> str:
    """This function will write the two parts as one text that splits into them again: what a form shows to edit."""
    public = description.public.replace("#", "\\#")
    return f"{public} #{description.private}".strip() if description.private else public
