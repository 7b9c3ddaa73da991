"""The trail of what people and programs did: who, when, what, from what to what. Append-only; `trail` reads it back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson

from tallystick.foundation.models import AuditEntry
from tallystick.foundation.permissions import Actor, ActorKind
from tallystick.foundation.rows import copy_in, execute
from tallystick.foundation.transactions import needs_transaction

_RECORD = (
    "INSERT INTO foundation_auditentry "
    "(at, actor_kind, actor_id, actor_label, action, object_kind, object_id, before, after) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb)"
)


@needs_transaction
def record(
    *,
    actor: Actor,
    at: datetime,
    action: str,
    kind: str,
    object_id: UUID,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """This function will add one entry; `before` and `after` hold JSON values of what changed."""
    told = [None if facts is None else orjson.dumps(facts).decode() for facts in (before, after)]
    execute(_RECORD, [at, actor.kind, actor.id, actor.label, action, kind, object_id, *told])


@needs_transaction
def record_many(
    *, actor: Actor, at: datetime, action: str, kind: str, after: Iterable[tuple[UUID, Mapping[str, Any]]]
) -> None:
    """This function will add an entry for each of many things that were made: its id, and what it is now."""
    copy_in(
        "foundation_auditentry",
        ("at", "actor_kind", "actor_id", "actor_label", "action", "object_kind", "object_id", "after"),
        (
            (at, actor.kind, actor.id, actor.label, action, kind, object_id, orjson.dumps(facts).decode())
            for object_id, facts in after
        ),
    )


def last_actor(object_id: UUID) -> Actor | None:
    """This function will return who did something to an object last, without any permission; None when nobody did."""
    columns = ("actor_kind", "actor_id", "actor_label")
    row = AuditEntry.objects.filter(object_id=object_id).order_by("-id").values_list(*columns).first()
    if row is None:
        return None
    kind, identifier, label = row
    return Actor(kind=cast("ActorKind", kind), id=identifier, label=label, permissions=frozenset())
