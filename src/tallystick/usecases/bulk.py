"""One act on many payments: each row by the rules of the single act, whole or not at all (E15, D6).

Few rows are done at once; many in steps of a transaction each, which anybody may go on with after a kill. Whatever is
refused stops no other row, and says why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.customers.queries import customer_row
from tallystick.foundation import audit, jobs
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, ExpectedError, Invalid, InvalidField, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import savepoint, transaction
from tallystick.payments import bulk, lists
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.operations import ReceivedInFuture
from tallystick.usecases import allocate, record
from tallystick.usecases.frame import require_own, scope_of, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import bulk_acts as wire
from tallystick.wire.bulk_acts import BulkActShape

# So many rows are done before the answer; more by a job.
AT_ONCE: Final = 200
# How many rows one step does, and how many an act may have.
STEP: Final = 100
MOST: Final = 10_000

MARK_PAID: Final = "mark_paid"
CANCEL: Final = "cancel"
ASSIGN: Final = "assign"
NEEDS: Final[dict[str, Permission]] = {
    MARK_PAID: Permission.COMPLETE_PAYMENTS,
    CANCEL: Permission.CANCEL_PAYMENTS,
    ASSIGN: Permission.ASSIGN_PAYMENTS,
}


@dataclass(kw_only=True, eq=False)
class BulkTooLarge(Invalid):
    """More payments than one act takes."""

    code: ClassVar[str] = "bulk_too_large"
    sentence: ClassVar[str] = "One act takes {most} payments at most. Narrow the list."
    field: ClassVar[str | None] = "payments"

    most: int


@dataclass(kw_only=True, eq=False)
class BulkChanged(Conflict):
    """Another number of payments fits the filter than was said before."""

    code: ClassVar[str] = "bulk_changed"
    sentence: ClassVar[str] = "{count} payments fit now, and not {expected}. Look at the list again."
    field: ClassVar[str | None] = "expected_count"

    expected: int
    count: int


def matching(wanted: PaymentFilter, *, sort: str = "-created") -> list[UUID]:
    """This function will return all payments of a list, in its order.

    Raises:
        BulkTooLarge: when there are more than one act takes.
    """
    found = lists.ids(wanted, sort=sort, most=MOST)
    if len(found) > MOST:
        raise BulkTooLarge(most=MOST)
    return found


@use_case(Permission.VIEW)
def begin_bulk_act(
    *,
    actor: Actor,
    at: datetime,
    action: str,
    payment_ids: Sequence[UUID] = (),
    wanted: PaymentFilter | None = None,
    sort: str = "-created",
    expected_count: int | None = None,
    received_date: date | None = None,
    method: str = "",
    reference: str = "",
    sends_mail: bool = True,
    customer_id: UUID | None = None,
    idempotency_key: str | None = None,
) -> BulkActShape:
    """This function will mark as paid, cancel or assign many payments: those named, or all that fit a filter.

    `expected_count` is how many the filter was said to fit. Up to `AT_ONCE` rows are done in this very act; of more a
    job does the rest, and the answer tells how far it is.

    Raises:
        NotAllowed: when the actor lacks the permission of the single act.
        NotFound: when the customer does not exist.
        InvalidField, ReceivedInFuture: when what every row takes cannot be used.
        BulkTooLarge, BulkChanged: as the names say.
    """
    del idempotency_key
    if action not in NEEDS:
        raise InvalidField(name="action", reason=f"What can be done to many payments is one of: {', '.join(NEEDS)}.")
    actor.require(NEEDS[action])
    facts = _facts(
        action,
        actor=actor,
        at=at,
        received_date=received_date,
        method=method,
        reference=reference,
        sends_mail=sends_mail,
        customer_id=customer_id,
    )
    ids = list(dict.fromkeys(payment_ids)) if wanted is None else matching(wanted, sort=sort)
    if len(ids) > MOST:
        raise BulkTooLarge(most=MOST)
    if wanted is not None and expected_count not in {None, len(ids)}:
        raise BulkChanged(expected=expected_count or 0, count=len(ids))
    if not ids:
        raise InvalidField(name="payments", reason="Choose one payment at least.")
    if wanted is None:
        _require_known(ids, actor)
    act_id = bulk.begin(ids, action=action, facts=facts, scope=scope_of(actor), by=actor.label, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="begin_bulk_act",
        kind="bulk_act",
        object_id=act_id,
        after={"action": action, "payments": len(ids), **facts},
    )
    if len(ids) > AT_ONCE:
        _go_on(act_id)
    else:
        _do(act_id, limit=AT_ONCE, actor=actor, at=at)
    return wire.one_act(act_id)


def work(*, act_id: UUID, at: datetime) -> None:
    """This function will do a step of an act for whoever began it, and see to the next one unless it is over.

    Raises:
        NotFound: when there is no such act.
    """
    with transaction():
        found = bulk.act_facts(act_id)
        if found.is_finished:
            return
        began = audit.last_actor(act_id)
        if began is None:
            raise NotFound(kind="bulk act")
        scope = None if found.scope is None else ("customer", found.scope)
        actor = replace(began, permissions=frozenset({Permission.VIEW, NEEDS[found.action]}), scope=scope)
        if not _do(act_id, limit=STEP, actor=actor, at=at):
            _go_on(act_id)


def _go_on(act_id: UUID) -> None:
    jobs.defer("payments.bulk", queueing_lock=f"payments.bulk:{act_id}", act_id=str(act_id))


def _do(act_id: UUID, *, limit: int, actor: Actor, at: datetime) -> bool:
    """Do rows that wait, each in a savepoint of its own, and say whether the act is over."""
    found = bulk.act_facts(act_id)
    single = _single(found.action, found.facts, actor=actor, at=at)
    done = []
    for row_id, payment_id in bulk.claim(act_id, limit=limit):
        try:
            with savepoint():
                single(payment_id)
        except ExpectedError as error:
            bulk.note_refused(row_id, code=error.code, sentence=str(error))
        else:
            done.append(row_id)
    bulk.note_done(done)
    return bulk.finish_if_over(act_id, at=at)


def _single(action: str, facts: Mapping[str, Any], *, actor: Actor, at: datetime) -> Callable[[UUID], object]:
    if action == MARK_PAID:
        day = date.fromisoformat(facts["received_date"])
        told = {name: facts[name] for name in ("method", "reference", "sends_mail")}
        return lambda payment_id: record.mark_paid(actor=actor, at=at, payment_id=payment_id, received_date=day, **told)
    if action == ASSIGN:
        customer_id = UUID(facts["customer"])
        return lambda payment_id: allocate.assign_payment(
            actor=actor, at=at, payment_id=payment_id, customer_id=customer_id
        )
    return lambda payment_id: record.cancel_payment(actor=actor, at=at, payment_id=payment_id)


def _facts(
    action: str,
    *,
    actor: Actor,
    at: datetime,
    received_date: date | None,
    method: str,
    reference: str,
    sends_mail: bool,
    customer_id: UUID | None,
) -> dict[str, Any]:
    """What every row takes, looked at once: what is wrong for all is refused before any is touched."""
    if action == MARK_PAID:
        refuse_card_numbers(reference=reference)
        if received_date is None:
            raise InvalidField(name="received_date", reason="Say on which day the money came.")
        if received_date > local_date(at):
            raise ReceivedInFuture(received_date=received_date, today=local_date(at))
        if not method:
            raise InvalidField(name="method", reason="Say how the money came.")
        day = received_date.isoformat()
        return {"received_date": day, "method": method, "reference": reference, "sends_mail": sends_mail}
    if action == ASSIGN:
        if customer_id is None:
            raise InvalidField(name="customer", reason="Say to whom the payments belong.")
        require_own(actor, customer_id, kind="customer")
        return {"customer": str(customer_row(customer_id).id)}
    return {}


def _require_known(ids: Sequence[UUID], actor: Actor) -> None:
    """Nothing was chosen that is not there, or not for the actor: the two look the same.

    Raises:
        NotFound: when something was.
    """
    if len(matching(PaymentFilter(ids=tuple(ids), customer_id=scope_of(actor)))) < len(ids):
        raise NotFound(kind="payment")
