"""The trail of what people and programs did: who, when, what, from what to what. Append-only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tallystick.foundation.models import AuditEntry
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction


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
    AuditEntry.objects.create(
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        action=action,
        object_kind=kind,
        object_id=object_id,
        before=before,
        after=after,
    )


def trail(object_id: UUID) -> list[dict[str, Any]]:
    """This function will return the entries about one object, oldest first."""
    return list(
        AuditEntry.objects.filter(object_id=object_id)
        .order_by("id")
        .values("at", "actor_kind", "actor_label", "action", "before", "after")
    )
