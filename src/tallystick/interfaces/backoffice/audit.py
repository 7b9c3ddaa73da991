"""The audit: who did what, when, from what to what; as a list to search, and as a file of exactly what it shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import chain
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.customers import queries as customers
from tallystick.foundation import trail
from tallystick.foundation.clock import business_zone
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.trail import TrailFilter
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.audit_told import Names, names_of, told
from tallystick.interfaces.backoffice.audit_words import ACTOR_KINDS, OBJECTS, action_word, actions_called, actor_word
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.files import csv_response, harmless
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.tables import EXPORT, Column, Table, TableQuery, table_response
from tallystick.interfaces.kit.writing import write_html
from tallystick.reports import audit_search
from tallystick.usecases.roles import Permission
from tallystick.wire.audit import ENTRY, entry_shape, object_id_of, object_public_id
from tallystick.wire.staff import MEMBER

# How many entries of its history the page of a thing shows.
LATEST = 20


@dataclass
class Known:
    """What the rows of a page call things, and where their people are; filled in when the rows are known."""

    names: Names = field(default_factory=Names)
    people: dict[tuple[str, str], str] = field(default_factory=dict)

    def learn(self, rows: Sequence[Row], actor: Actor) -> None:
        """This function will look up what is needed to show some entries to somebody."""
        self.names = names_of(rows)
        self.people = _pages_of_people(rows, actor)


def audit_table(known: Known, *, gives_files: bool) -> Table[Row]:
    """This function will return the audit as a list; `known` is what its rows call things."""
    return Table[Row](
        name="audit",
        exports=gives_files,
        label=gettext_lazy("Audit"),
        columns=[
            Column(
                key="action",
                label=gettext_lazy("What"),
                cell=lambda row: markup.thing(action_word(row["action"])),
                phone="title",
            ),
            Column(key="object", label=gettext_lazy("Object"), cell=lambda row: _thing(row, known), phone="meta"),
            Column(
                key="changes",
                label=gettext_lazy("Change"),
                cell=lambda row: _changes(row, known),
                phone="meta",
            ),
            Column(key="who", label=gettext_lazy("Who"), cell=lambda row: _who(row, known), phone="meta"),
            Column(
                key="at",
                label=gettext_lazy("When"),
                cell=lambda row: markup.moment(row["at"]),
                phone="meta",
                nowrap=True,
            ),
        ],
        row_id=lambda row: public_id(ENTRY, UUID(int=row["id"])),
        filters=[
            Filter(key="who", label=gettext_lazy("Who"), kind="text"),
            Filter(
                key="as", label=gettext_lazy("As"), choices=[Choice(kind, word) for kind, word in ACTOR_KINDS.items()]
            ),
            Filter(key="action", label=gettext_lazy("What"), kind="text"),
            Filter(
                key="kind", label=gettext_lazy("Object"), choices=[Choice(kind, word) for kind, word in OBJECTS.items()]
            ),
            Filter(key="day", label=gettext_lazy("Day"), kind="days"),
        ],
        search_label=gettext_lazy("Name, number, words or id, such as pay_…"),
        empty_title=gettext_lazy("Nothing yet"),
        empty_text=gettext_lazy("Everything that people and programs change is kept here."),
        empty_icon="shield",
    )


@require_safe
@page(Permission.VIEW_AUDIT)
def audit_list(request: StaffRequest) -> HttpResponseBase:
    """This function will show who did what, the newest first, or give it as a file."""
    known = Known()
    table = audit_table(known, gives_files=request.actor.may(Permission.DOWNLOAD))
    query = table.read(request.GET)
    wanted, too_many = _wanted(query)
    if request.GET.get(EXPORT[0]) == EXPORT[1]:
        request.actor.require(Permission.DOWNLOAD)
        return csv_response(f"audit-{request.today.isoformat()}", _headings(), _lines(wanted))
    found = trail.entries_page(wanted, cursor=query.after or query.before)
    known.learn(found.rows, request.actor)
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        count=_warning(too_many=too_many, is_cut=found.is_cut),
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/audit.html", listed)


def history(request: StaffRequest, kind: str, object_id: UUID, *parts: tuple[str, UUID]) -> dict[str, Any]:
    """This function will return what the page of a thing, and of its parts, shows of their history: the newest entries,
    and where all of them are.
    """
    things = [(kind, object_id), *parts]
    ids = " ".join(object_public_id(*each) for each in things)
    return _history(request, TrailFilter(object_ids=tuple(each for _, each in things)), {"q": ids}, object_id)


def history_of_kinds(request: StaffRequest, *kinds: str) -> dict[str, Any]:
    """This function will return what a page shows of the history of all things of some kinds."""
    return _history(request, TrailFilter(object_kinds=kinds), {"kind": list(kinds)}, None)


def _history(
    request: StaffRequest, wanted: TrailFilter, query: dict[str, Any], object_id: UUID | None
) -> dict[str, Any]:
    found = trail.entries_page(wanted, limit=LATEST)
    known = Known()
    known.learn(found.rows, request.actor)
    entries = [
        {
            "at": row["at"],
            "word": action_word(row["action"]),
            "thing": _thing(row, known) if _says_more(row, known, object_id) else "",
            "who": _who(row, known, with_kind=False),
            "changes": _changes(row, known),
            "labels": {each.label for each in told(row, known.names).changes},
        }
        for row in found.rows
    ]
    url = (
        f"{reverse('office:audit')}?{urlencode(query, doseq=True)}" if request.actor.may(Permission.VIEW_AUDIT) else ""
    )
    return {"entries": entries, "has_more": bool(found.next_cursor), "url": url}


def _says_more(row: Row, known: Known, object_id: UUID | None) -> bool:
    """Whether the thing's name tells what the page does not: of which part the entry is. A setting's is beside its
    value.
    """
    return row["object_id"] != object_id and row["object_kind"] != "setting" and bool(told(row, known.names).name)


def _changes(row: Row, known: Known) -> SafeString:
    return markup.changes((each.label, each.before, each.after) for each in told(row, known.names).changes)


def _thing(row: Row, known: Known) -> SafeString:
    shown = told(row, known.names)
    name = write_html("<bdi>{}</bdi>", shown.name or shown.kind)
    if shown.url:
        name = write_html('<a href="{}">{}</a>', shown.url, name)
    below = write_html('<div class="muted small">{}</div>', shown.kind) if shown.name else SafeString("")
    return write_html('<div class="object-name">{}{}</div>', name, below)


def _who(row: Row, known: Known, *, with_kind: bool = True) -> SafeString:
    name = write_html("<bdi>{}</bdi>", row["actor_label"])
    if url := known.people.get((row["actor_kind"], row["actor_id"])):
        name = write_html('<a href="{}">{}</a>', url, name)
    below = write_html('<div class="muted small">{}</div>', actor_word(row["actor_kind"])) if with_kind else ""
    return write_html("{}{}", name, below)


def _pages_of_people(rows: Sequence[Row], actor: Actor) -> dict[tuple[str, str], str]:
    """Where whoever did something is looked at, as far as the reader may."""
    ids: dict[str, set[UUID]] = {}
    for row in rows:
        try:
            ids.setdefault(row["actor_kind"], set()).add(UUID(row["actor_id"]))
        except ValueError:
            # The system has a name instead of an id.
            continue
    found: dict[tuple[str, str], str] = {}
    if actor.may(Permission.MANAGE_STAFF):
        for each in ids.get("staff", ()):
            found["staff", str(each)] = reverse("office:member", args=[public_id(MEMBER, each)])
    if actor.may(Permission.MANAGE_API_KEYS):
        for each in ids.get("api_key", ()):
            found["api_key", str(each)] = reverse("office:keys")
    if "contact" in ids:
        for contact, customer in customers.customers_of_contacts(ids["contact"]).items():
            found["contact", str(contact)] = addresses.customer_url(customer)
    return found


def _wanted(query: TableQuery) -> tuple[TrailFilter, bool]:
    """What is asked for, and whether the name of who did it stands for more people than are looked at."""
    first, last = query.days("day")
    zone = business_zone()
    wanted = TrailFilter(
        actor_kinds=query.values("as") or None,
        actions=actions_called(query.text("action")) if query.text("action") else None,
        object_kinds=query.values("kind") or None,
        first=datetime.combine(first, time(), zone) if first else None,
        until=datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
    )
    too_many = False
    if who := query.text("who"):
        actors, too_many = audit_search.actors_called(who)
        wanted = replace(wanted, actors=actors)
    if query.search:
        try:
            wanted = replace(wanted, object_ids=tuple(object_id_of(each) for each in query.search.split()))
        except NotFound:
            wanted = replace(wanted, search=query.search, about=audit_search.named(query.search))
    return wanted, too_many


def _warning(*, too_many: bool, is_cut: bool) -> str:
    if too_many:
        return _("More people have this name than are looked at. Type more of it.")
    return _("Too many entries have these words. Type more of them: not all that fit are shown.") if is_cut else ""


def _headings() -> list[str]:
    return [_("Entry"), _("When"), _("Who"), _("As"), _("What"), _("Object"), _("Name"), _("Id"), _("Change")]


def _lines(wanted: TrailFilter) -> Iterator[list[str]]:
    return chain.from_iterable(_written(rows) for rows in trail.all_entries(wanted))


def _written(rows: Sequence[Row]) -> Iterator[list[str]]:
    """Entries as lines of the file. What is private is not in it: a file goes from hand to hand (model, 11)."""
    names, zone = names_of(rows), business_zone()
    for row in rows:
        shown, shape = told(row, names, with_private=False), entry_shape(row)
        yield [
            shape["id"],
            row["at"].astimezone(zone).isoformat(timespec="seconds"),
            harmless(row["actor_label"]),
            actor_word(row["actor_kind"]),
            shown.word,
            shown.kind,
            harmless(shown.name),
            shape["object"]["id"],
            harmless("; ".join(each.text for each in shown.changes)),
        ]
