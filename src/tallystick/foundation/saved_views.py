"""Saved views: what somebody shows of a list, under a name, alone or for everybody. Lists read what it means."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q
from django.db.models.functions import Lower

from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.models import SavedView
from tallystick.foundation.transactions import needs_transaction, savepoint

Parameters = tuple[tuple[str, str], ...]

_NAMES = {"one_shared_view_of_a_name", "one_own_view_of_a_name"}


@dataclass(kw_only=True, eq=False)
class ViewNameTaken(Conflict):
    """Another view of the list has this name: a shared one among those that are shared, or one's own."""

    code: ClassVar[str] = "view_name_taken"
    sentence: ClassVar[str] = "There is a view “{view}” of this list already. Choose another name."
    field: ClassVar[str | None] = "name"

    view: str


@dataclass(frozen=True, kw_only=True)
class ViewFacts:
    """A saved view: of which list, what it is called and shows, and whose it is."""

    id: UUID
    list_name: str
    name: str
    # The principal who saved it, and what that is called.
    owner: str
    owner_label: str
    is_shared: bool
    parameters: Parameters
    created_at: datetime
    changed_at: datetime


def seen_by(principal: str, *, list_name: str = "") -> list[ViewFacts]:
    """This function will return the views that a principal may open, of one list or of all: shared ones, then its own.

    Both stand by name.
    """
    rows = SavedView.objects.filter(Q(is_shared=True) | Q(owner=principal))
    if list_name:
        rows = rows.filter(list_name=list_name)
    return [_facts(row) for row in rows.order_by("list_name", "-is_shared", Lower("name"), "id")]


def view(view_id: UUID, *, principal: str) -> ViewFacts:
    """This function will return a view.

    Raises:
        NotFound: when there is none, or it is somebody else's alone.
    """
    return _facts(_seen(SavedView.objects.filter(id=view_id).first(), principal))


@needs_transaction
def locked(view_id: UUID, *, principal: str) -> ViewFacts:
    """This function will return a view that changes no more before the transaction ends.

    Raises:
        NotFound: when there is none, or it is somebody else's alone.
    """
    return _facts(_seen(SavedView.objects.select_for_update().filter(id=view_id).first(), principal))


@needs_transaction
def add(
    *,
    list_name: str,
    name: str,
    owner: str,
    owner_label: str,
    is_shared: bool,
    parameters: Parameters,
    at: datetime,
) -> UUID:
    """This function will keep a view and return its id.

    Raises:
        ViewNameTaken: when the owner, or everybody, has one of this name.
    """
    with _own_name(name):
        return SavedView.objects.create(
            list_name=list_name,
            name=name,
            owner=owner,
            owner_label=owner_label,
            is_shared=is_shared,
            parameters=parameters,
            created_at=at,
            changed_at=at,
        ).id


@needs_transaction
def change(
    view_id: UUID,
    *,
    name: str,
    owner: str,
    owner_label: str,
    is_shared: bool,
    parameters: Parameters,
    at: datetime,
) -> None:
    """This function will give a view another name, owner, circle of readers, or things to show.

    Raises:
        ViewNameTaken: when its owner, or everybody, has another one of this name.
    """
    with _own_name(name):
        SavedView.objects.filter(id=view_id).update(
            name=name,
            owner=owner,
            owner_label=owner_label,
            is_shared=is_shared,
            parameters=parameters,
            changed_at=at,
        )


@needs_transaction
def delete(view_id: UUID) -> None:
    """This function will forget a view."""
    SavedView.objects.filter(id=view_id).delete()


def _seen(row: SavedView | None, principal: str) -> SavedView:
    if row is None or not (row.is_shared or row.owner == principal):
        raise NotFound(kind="view")
    return row


def _facts(row: SavedView) -> ViewFacts:
    return ViewFacts(
        id=row.id,
        list_name=row.list_name,
        name=row.name,
        owner=row.owner,
        owner_label=row.owner_label,
        is_shared=row.is_shared,
        parameters=tuple((name, value) for name, value in row.parameters),
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


@contextmanager
def _own_name(name: str) -> Iterator[None]:
    try:
        with savepoint():
            yield
    except IntegrityError as error:
        told = getattr(error.__cause__, "diag", None)
        if getattr(told, "constraint_name", None) not in _NAMES:
            raise
        raise ViewNameTaken(view=name) from None
