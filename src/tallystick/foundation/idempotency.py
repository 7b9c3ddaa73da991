"""One key, one outcome: a repeated request reads the first answer instead of acting again (`docs/model.md`).

The record is written in the transaction of the act itself. So a second request with the same key that comes while the
first still runs waits for it at the unique index; and a crash midway leaves no record, so the key can be used again.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, ClassVar

import orjson
from django.core.serializers.json import DjangoJSONEncoder

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.models import IdempotencyRecord
from tallystick.foundation.rows import execute, fetch_one
from tallystick.foundation.transactions import needs_transaction

LONGEST_KEY = 255

_CLAIM = (
    "INSERT INTO foundation_idempotencyrecord (principal, key, request_sha256, created_at) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (principal, key) DO NOTHING RETURNING id"
)
_ANSWER = "UPDATE foundation_idempotencyrecord SET answer = %s::jsonb WHERE id = %s"


@dataclass(kw_only=True, eq=False)
class IdempotencyKeyReused(Conflict):
    """The key was used before with another request."""

    code: ClassVar[str] = "idempotency_key_reused"
    sentence: ClassVar[str] = (
        "The idempotency key “{key}” was used before with another request. Repeat that request unchanged, "
        "or use a new key for this one."
    )

    key: str


@dataclass(kw_only=True, eq=False)
class IdempotencyKeyNotAccepted(Invalid):
    """The key is empty or too long."""

    code: ClassVar[str] = "idempotency_key_not_accepted"
    sentence: ClassVar[str] = "An idempotency key has 1 to 255 characters, such as a fresh UUID."
    field: ClassVar[str | None] = "Idempotency-Key"


@dataclass(frozen=True)
class Claim:
    """The right to act for a key, or the answer that was given to its first use."""

    record_id: int
    fresh: bool
    answer: Any


def fingerprint(act: str, request: Mapping[str, Any]) -> bytes:
    """This function will return a hash of what is asked for: the act's name and its plain values."""
    canonical = json.dumps([act, _plain(request)], cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value


@needs_transaction
def claim(*, principal: str, key: str, request_sha256: bytes, at: datetime) -> Claim:
    """This function will claim the key for this transaction, or find the answer of its first use.

    While another transaction holds the key it waits for the outcome there.

    Raises:
        IdempotencyKeyNotAccepted: when the key is empty or too long.
        IdempotencyKeyReused: when the key belongs to another request of this principal.
    """
    if not 0 < len(key) <= LONGEST_KEY or "\x00" in key:
        raise IdempotencyKeyNotAccepted
    if inserted := fetch_one(_CLAIM, [principal, key, request_sha256, at]):
        return Claim(record_id=inserted["id"], fresh=True, answer=None)
    record = IdempotencyRecord.objects.get(principal=principal, key=key)
    if bytes(record.request_sha256) != request_sha256:
        raise IdempotencyKeyReused(key=key)
    return Claim(record_id=record.id, fresh=False, answer=record.answer)


@needs_transaction
def answer(record_id: int, value: Any) -> None:
    """This function will keep the answer of a claim."""
    execute(_ANSWER, [orjson.dumps(value).decode(), record_id])


@needs_transaction
def finish_answer(*, principal: str, key: str, begun: Any, value: Any) -> Any:
    """This function will replace what the first transaction of an act kept (`begun`) by the act's final answer.

    Returns the answer that counts: when two requests with the key end the act together, the first to come here decides.
    """
    record = IdempotencyRecord.objects.select_for_update().get(principal=principal, key=key)
    if record.answer == begun:
        record.answer = value
        record.save(update_fields=["answer"])
    return record.answer
