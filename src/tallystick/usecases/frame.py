"""The frame of every use case: permission, idempotency, one transaction, and a retry when the database asks for one."""

import functools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, ParamSpec, TypeVar, cast
from uuid import UUID

import psycopg.errors
from django.db import OperationalError, connection

from tallystick.foundation import idempotency
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.permissions import Actor, system_actor
from tallystick.foundation.transactions import transaction
from tallystick.usecases.roles import EVERYTHING, Permission

P = ParamSpec("P")
R = TypeVar("R")

# Two transactions that wait for one another are told apart by the database: one of them is run anew, this often.
TRIES: Final = 6
# After a try that was broken off, up to this many seconds pass before the next, and each time twice as many: those who
# met must not meet again.
_PAUSE: Final = 0.02
_RETRIED = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)

# Whether the last use case of this request read its answer from the idempotency record instead of acting.
replayed: ContextVar[bool] = ContextVar("replayed", default=False)

# The system acting by itself: jobs, messages from gateways, commands.
SYSTEM: Final = system_actor("Tallystick", frozenset(EVERYTHING))


def use_case(permission: Permission) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """This function will make a function a use case: it takes `actor`, `at` and perhaps `idempotency_key` by keyword.

    The actor needs the permission. Everything happens in one transaction. With an idempotency key the first answer is
    kept and read again by every repeat, so the answer must be plain JSON; another request under the same key is
    refused. A deadlock is retried as a whole.

    Raises:
        NotAllowed: when the actor lacks the permission.
        IdempotencyKeyReused: when the key belongs to another request.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = cast("Actor", kwargs["actor"])
            actor.require(permission)
            return _retried(lambda: _once(function, args, kwargs))

        return run

    return decorate


def final_answer(begun: Mapping[str, object], value: R, *, actor: Actor, idempotency_key: str | None) -> R:
    """This function will keep what an act came to, which its first transaction began, as the answer to its key.

    Returns the answer that counts: of two requests with the key that end the act together, the first decides.
    """
    if idempotency_key is None:
        return value
    with transaction():
        kept = idempotency.finish_answer(principal=actor.principal, key=idempotency_key, begun=begun, value=value)
    return cast("R", kept)


def look_at_each(found: Sequence[UUID], look: Callable[[UUID], object], *, trouble: str) -> int:
    """This function will look at each of several things, and return how many they were.

    Raises:
        ExceptionGroup: `trouble`, when some of them failed; all the others were looked at.
    """
    failures: list[Exception] = []
    for each in found:
        try:
            look(each)
        except Exception as error:  # noqa: BLE001 - one that fails must not keep the others waiting
            failures.append(error)
    if failures:
        raise ExceptionGroup(trouble, failures)
    return len(found)


def _once(function: Callable[..., R], args: Any, kwargs: Any) -> R:
    key: str | None = kwargs.get("idempotency_key")
    with transaction():
        if key is None:
            replayed.set(False)
            return function(*args, **kwargs)
        actor: Actor = kwargs["actor"]
        at: datetime = kwargs["at"]
        request = {name: value for name, value in kwargs.items() if name not in {"actor", "at", "idempotency_key"}}
        claim = idempotency.claim(
            principal=actor.principal,
            key=key,
            request_sha256=idempotency.fingerprint(function.__qualname__, request),
            at=at,
        )
        replayed.set(not claim.fresh)
        if not claim.fresh:
            return cast("R", claim.answer)
        answer = function(*args, **kwargs)
        idempotency.answer(claim.record_id, answer)
        return answer


def _retried(act: Callable[[], R]) -> R:
    for left in range(TRIES - 1, -1, -1):
        try:
            return act()
        except OperationalError as error:
            if left == 0 or not isinstance(error.__cause__, _RETRIED) or connection.in_atomic_block:
                raise
            time.sleep(random.uniform(0, _PAUSE * 2 ** (TRIES - left)))  # noqa: S311 - no secret
    raise AssertionError  # the last try returned or raised


def require_own(actor: Actor, customer_id: UUID | None, *, kind: str) -> None:
    """This function will let the actor reach what belongs to a customer, or say that there is no such thing.

    Raises:
        NotFound: when the actor is narrowed to another customer: what is not theirs does not exist for them.
    """
    if actor.scope is not None and actor.scope != ("customer", customer_id):
        raise NotFound(kind=kind)


@dataclass(kw_only=True, eq=False)
class ScopeTooNarrow(NotAllowed):
    """The actor is narrowed to one customer, and what it asks for would reach beyond."""

    code: ClassVar[str] = "scope_too_narrow"
    sentence: ClassVar[str] = "This reaches beyond the one customer that you may see, so “{permission}” is not enough."


def require_unscoped(actor: Actor, permission: Permission) -> None:
    """This function will refuse an actor that is narrowed to a customer, for what belongs to none.

    Raises:
        ScopeTooNarrow: when it is.
    """
    if actor.scope is not None:
        raise ScopeTooNarrow(permission=permission)


def scope_of(actor: Actor) -> UUID | None:
    """This function will return the customer that the actor is narrowed to, or None for everybody."""
    if actor.scope is None:
        return None
    kind, identifier = actor.scope
    if kind != "customer":
        raise NotFound(kind=kind)
    return identifier
