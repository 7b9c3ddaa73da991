"""Records: messages of payment services that wait for somebody, and who did what."""

import json
from datetime import datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tallystick.foundation import audit
from tallystick.foundation.audit import TrailFilter
from tallystick.foundation.errors import NotFound
from tallystick.gateways import queries as gateways
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.backoffice.parts import action_word
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Filter
from tallystick.interfaces.kit.tables import Column, Table, TableQuery, table_response
from tallystick.usecases.roles import Permission

_OBJECTS = {
    "customer": _("Customer"),
    "invoice": _("Invoice"),
    "payment": _("Payment"),
    "dispute": _("Dispute"),
    "subscription": _("Subscription"),
    "product": _("Product"),
    "variant": _("Variant"),
    "price": _("Price"),
    "message": _("Mail"),
    "user": _("Member of staff"),
    "role": _("Role"),
    "view": _("View of a list"),
    "approval": _("Approval"),
    "setting": _("Setting"),
    "api_key": _("API key"),
    "tax_rate": _("Tax rate"),
    "exchange_rate": _("Exchange rate"),
    "gateway_account": _("Payment service"),
}
_WHO = {
    "staff": _("Staff"),
    "contact": _("Customer"),
    "api_key": _("API key"),
    "gateway": _("Payment service"),
    "system": _("System"),
}


@require_safe
@page(Permission.HANDLE_INBOX)
def inbox(request: StaffRequest) -> HttpResponse:
    """This function will show the messages of payment services that fit nothing, or that nothing acted on yet."""
    accounts = {each["id"]: each["name"] for each in gateways.accounts()}
    rows = gateways.waiting_messages(received_before=request.at)
    waiting = [{**row, "account": accounts[row["account_id"]]} for row in rows]
    return render(request, "backoffice/inbox.html", {"waiting": waiting})


def _object(row: Row) -> SafeString | str:
    word = _OBJECTS.get(row["object_kind"], row["object_kind"])
    url = addresses.object_url(row["object_kind"], row["object_id"])
    return format_html('<a href="{}">{}</a>', url, word) if url else str(word)


def _change(row: Row) -> str:
    """The changed values in one short line; the public ids in them lead nowhere and are left out."""
    before, after = row["before"] or {}, row["after"] or {}
    told = []
    for name in [*before, *(name for name in after if name not in before)]:
        if name in before and before[name] != after.get(name):
            told.append(f"{name}: {_short(before[name])} → {_short(after.get(name))}")
        elif not before and name in {"reason", "number", "status", "name", "email"} and after[name]:
            told.append(f"{name}: {_short(after[name])}")
    return "; ".join(told)[:200]


def _short(value: Any) -> str:
    return str(value) if isinstance(value, (str, int)) else json.dumps(value)


TRAIL = Table[Row](
    name="audit",
    label=_("Audit"),
    columns=[
        Column(key="action", label=_("What"), cell=lambda row: action_word(row["action"]), phone="title", nowrap=True),
        Column(key="object", label=_("Object"), cell=_object, phone="meta", nowrap=True),
        Column(
            key="who",
            label=_("Who"),
            cell=lambda row: format_html("<bdi>{}</bdi>", row["actor_label"]),
            phone="meta",
        ),
        Column(
            key="kind", label=_("As"), cell=lambda row: _WHO.get(row["actor_kind"], row["actor_kind"]), wide_only=True
        ),
        Column(key="changes", label=_("Change"), cell=_change, wide_only=True),
        Column(key="at", label=_("When"), cell=lambda row: markup.moment(row["at"]), phone="meta", nowrap=True),
    ],
    row_id=lambda row: str(row["at"].timestamp()),
    filters=[
        Filter(key="who", label=_("Who"), kind="text"),
        Filter(key="action", label=_("What"), kind="text"),
        Filter(key="day", label=_("Day"), kind="days"),
    ],
    search_label=_("Id of an object, such as pay_…"),
    exports=False,
    empty_title=_("Nothing yet"),
    empty_text=_("Everything that people and programs change is kept here."),
    empty_icon="shield",
)


@require_safe
@page()
def trail(request: StaffRequest) -> HttpResponse:
    """This function will show who did what, newest first; the search takes the id in an object's address."""
    query = TRAIL.read(request.GET)
    wanted = _wanted(query)
    if wanted is None:
        listed = TRAIL.page(query, request.path, [])
        return table_response(request, "backoffice/audit.html", listed)
    found = audit.entries_page(wanted, cursor=query.after or query.before)
    listed = TRAIL.page(
        query, request.path, found.rows, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor
    )
    return table_response(request, "backoffice/audit.html", listed)


def _wanted(query: TableQuery) -> TrailFilter | None:
    """What is asked for, or None when the object's id cannot be one."""
    first, last = query.days("day")
    zone = timezone.get_current_timezone()
    object_id = None
    if query.search:
        try:
            object_id = addresses.object_id_of(query.search)
        except NotFound:
            return None
        if object_id is None:
            return None
    return TrailFilter(
        object_id=object_id,
        actor=query.text("who"),
        action=query.text("action").strip().replace(" ", "_"),
        first=datetime.combine(first, time(), zone) if first else None,
        until=datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
    )
