"""Views of a list that people saved, as they stand above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

Parameters = tuple[tuple[str, str], ...]

# The parameter that says which saved view the page was opened by; what it shows is in the others.
VIEW = "view"


class SavedView(NamedTuple):
    """A view with its name, where it opens, what it shows, and whether everybody has it."""

    key: str
    label: str
    href: str
    parameters: Parameters
    is_shared: bool


@dataclass(frozen=True, kw_only=True)
class SavedViews:
    """The views of one list, and where they are saved and changed; an empty address is what one may not do."""

    views: Sequence[SavedView] = ()
    # The one that the page was opened by.
    chosen: SavedView | None = None
    save_url: str = ""
    update_url: str = ""
    edit_url: str = ""
    delete_url: str = ""


NO_SAVED_VIEWS = SavedViews()
