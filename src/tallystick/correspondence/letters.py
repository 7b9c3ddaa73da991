"""Letters on paper: what waits to be printed, what was, and why some were not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.correspondence.letter_models import PaperLetter
from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.paging import Page, page
from tallystick.foundation.transactions import needs_transaction

WAITING: Final = "waiting"
PRINTED: Final = "printed"
DROPPED: Final = "dropped"

_ROW = (
    "id",
    "kind",
    "customer_id",
    "about_kind",
    "about_id",
    "title",
    "state",
    "written_at",
    "settled_at",
    "settled_by",
    "reason",
)

# The row as use cases hold it: locked, never saved by them.
LetterRow = PaperLetter


@dataclass(kw_only=True, eq=False)
class LetterDropped(Conflict):
    """What the letter says is true no more, so it is not printed."""

    code: ClassVar[str] = "letter_dropped"
    sentence: ClassVar[str] = "This letter was dropped: what it says is true no more."

    letter_id: UUID


@needs_transaction
def keep(
    *,
    kind: str,
    customer_id: UUID,
    about: tuple[str, UUID],
    unique_key: str,
    title: str,
    facts: Mapping[str, Any],
    at: datetime,
) -> bool:
    """This function will keep a letter that is to be printed, and say whether it is new: one for each key, ever."""
    about_kind, about_id = about
    row = PaperLetter(
        id=new_id(),
        kind=kind,
        customer_id=customer_id,
        about_kind=about_kind,
        about_id=about_id,
        unique_key=unique_key,
        title=title,
        facts=dict(facts),
        written_at=at,
    )
    PaperLetter.objects.bulk_create([row], ignore_conflicts=True)
    return PaperLetter.objects.filter(id=row.id).exists()


@needs_transaction
def locked(letter_ids: Iterable[UUID]) -> list[LetterRow]:
    """This function will lock letters until the transaction ends, in the order of their ids.

    Raises:
        NotFound: when one of them does not exist.
    """
    wanted = set(letter_ids)
    rows = list(PaperLetter.objects.select_for_update().filter(id__in=wanted).order_by("id"))
    if len(rows) != len(wanted):
        raise NotFound(kind="letter")
    return rows


@needs_transaction
def settle(row: LetterRow, *, state: str, by: str, at: datetime, reason: str = "") -> None:
    """This function will keep that a locked letter that waits was printed, or dropped for a reason."""
    row.state, row.settled_at, row.settled_by, row.reason = state, at, by, reason
    row.save(update_fields=["state", "settled_at", "settled_by", "reason"])


def letters_page(*, state: Sequence[str] = (), search: str = "", cursor: str = "", limit: int = 50) -> Page:
    """This function will return one page of letters, the newest first; `search` finds in the title.

    Raises:
        CursorNotAccepted: when the cursor is not of this list.
    """
    rows = PaperLetter.objects.all()
    if state:
        rows = rows.filter(state__in=state)
    if search:
        rows = rows.filter(title__icontains=search)
    return page(rows.values(*_ROW), order=("-written_at", "-id"), cursor=cursor, limit=limit)


def letters_about(object_id: UUID) -> list[dict[str, Any]]:
    """This function will return the letters about one object, the newest first."""
    return list(PaperLetter.objects.filter(about_id=object_id).order_by("-written_at", "-id").values(*_ROW))


def letters_with_facts(letter_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """This function will return what letters say, in the order in which they are named.

    Raises:
        NotFound: when one of them does not exist.
    """
    rows = PaperLetter.objects.filter(id__in=letter_ids).values(*_ROW, "facts")
    found = {row["id"]: row for row in rows}
    if len(found) != len(set(letter_ids)):
        raise NotFound(kind="letter")
    return [found[each] for each in letter_ids]


def kept(unique_keys: Iterable[str]) -> set[str]:
    """This function will return under which of the keys a letter was printed, or waits to be."""
    rows = PaperLetter.objects.filter(unique_key__in=set(unique_keys)).exclude(state=DROPPED)
    return set(rows.values_list("unique_key", flat=True))
