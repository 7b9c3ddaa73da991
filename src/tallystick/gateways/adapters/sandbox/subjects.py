"""What a message or a row of a list is about: a payment, a refund, a dispute or a stored card of the sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tallystick.gateways.port import LONGEST_FACT, About

LONGEST_TEXT: Final = 120
_ABOUT: Final = {
    "payment": About.PAYMENT,
    "refund": About.REFUND,
    "dispute": About.DISPUTE,
    "setup": About.METHOD,
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The thing, the name by which it is asked for, and the fact that it is in its state."""

    about: About
    reference: str
    fact: str


def read(thing: Mapping[str, Any]) -> Subject:
    """This function will read what the service shows of a thing. What is missing or too long to be kept is empty."""
    about = _ABOUT.get(clean(thing.get("object")), About.OTHER)
    # A dispute is the service's own doing: it names the service's payment, for it bears no reference of ours.
    reference = thing.get("payment") if about is About.DISPUTE else thing.get("reference")
    name, state = clean(thing.get("id")), clean(thing.get("status"))
    fact = f"{name}/{state}" if name and state else ""
    # A fact that is cut off might be taken for another.
    return Subject(
        about=about,
        reference=clean(reference)[:LONGEST_TEXT],
        fact=fact if len(fact) <= LONGEST_FACT else "",
    )


def clean(value: object) -> str:
    """This function will return a text that a database can keep; whatever else stands there is empty."""
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()
