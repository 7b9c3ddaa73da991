"""Services are suspended when an invoice stayed unpaid after its last reminder, and come back when it is settled (J01).

A suspension is an event on the subscriptions that the invoice bills; it posts nothing, and they go on to be billed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.dunning import decisions, operations, queries, suspension_queries
from tallystick.dunning.decisions import Stop
from tallystick.dunning.queries import Claim
from tallystick.foundation import audit
from tallystick.foundation.clock import local_date
from tallystick.foundation.permissions import Actor
from tallystick.invoices import queries as invoices
from tallystick.subscriptions import operations as subscriptions
from tallystick.subscriptions.states import ACTIVE, SUSPENDED
from tallystick.usecases.frame import SYSTEM, look_at_each, use_case
from tallystick.usecases.roles import Permission
from tallystick.usecases.stops import stops_of


def to_suspend(claims: Sequence[Claim], stops: Mapping[UUID, Stop], *, today: date) -> Iterator[UUID]:
    """This function will yield the invoices because of which services are to be suspended by a day, and are not yet."""
    late = [
        each
        for each in claims
        if each.plan is not None
        and each.invoice_id not in stops
        and decisions.is_to_suspend(each.plan.rules, each.debt, today=today)
    ]
    found = suspension_queries.still_suspendable(late) if late else set()
    yield from (each.invoice_id for each in late if each.invoice_id in found)


def suspend_for(*, invoice_ids: Sequence[UUID], at: datetime) -> int:
    """This function will suspend the services that some invoices bill, if they are still to be, and return how many
    invoices were looked at.

    Raises:
        ExceptionGroup: when some of them failed; all the others were looked at.
    """
    return look_at_each(
        invoice_ids,
        lambda invoice_id: _suspend(actor=SYSTEM, at=at, invoice_id=invoice_id),
        trouble="Some services could not be suspended.",
    )


def lift(*, at: datetime) -> int:
    """This function will bring back the services whose invoices were settled since they were suspended, and return how
    many subscriptions were looked at.

    Raises:
        ExceptionGroup: when some of them failed; all the others were looked at.
    """
    settled = suspension_queries.to_lift()
    return look_at_each(
        list(settled),
        lambda subscription_id: _lift(
            actor=SYSTEM, at=at, subscription_id=subscription_id, settled=settled[subscription_id]
        ),
        trouble="Some suspensions could not be lifted.",
    )


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def _suspend(*, actor: Actor, at: datetime, invoice_id: UUID) -> None:
    for subscription_id in suspension_queries.billed_subscriptions([invoice_id]).get(invoice_id, ()):
        row = subscriptions.locked(subscription_id)
        claim, today = queries.claims([invoice_id]).get(invoice_id), local_date(at)
        if claim is None or not list(to_suspend([claim], stops_of([claim], today=today), today=today)):
            return
        if (subscription_id, invoice_id, claim.debt.from_date) in suspension_queries.suspended_before([invoice_id]):
            continue
        if row.state == ACTIVE:
            number = invoices.invoice(invoice_id)["number"]
            reason = _("Invoice %(number)s stayed unpaid.") % {"number": number}
            subscriptions.suspend(row, reason=reason, by=actor.label, at=at)
            _tell("suspend_subscription", row, before=ACTIVE, actor=actor, at=at)
        elif row.state != SUSPENDED or not suspension_queries.is_suspended_by_plan(subscription_id):
            # What is over is not suspended, and what staff suspended is theirs to lift.
            continue
        operations.note_suspension(
            subscription_id=subscription_id, invoice_id=invoice_id, from_date=claim.debt.from_date, at=at
        )


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def _lift(*, actor: Actor, at: datetime, subscription_id: UUID, settled: Sequence[UUID]) -> None:
    row = subscriptions.locked(subscription_id)
    if operations.end_suspensions(subscription_id, settled=settled, at=at) and row.state == SUSPENDED:
        subscriptions.lift(row, by=actor.label, at=at)
        _tell("lift_suspension", row, before=SUSPENDED, actor=actor, at=at)


def _tell(action: str, row: subscriptions.SubscriptionRow, *, before: str, actor: Actor, at: datetime) -> None:
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="subscription",
        object_id=row.id,
        before={"state": before},
        after={"state": row.state},
    )
