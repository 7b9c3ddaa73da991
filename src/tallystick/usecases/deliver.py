"""Delivering mail: one try, the notices that come back, and sending once more."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tallystick.correspondence import operations, queries
from tallystick.correspondence.bounces import read_notice
from tallystick.correspondence.operations import Result
from tallystick.correspondence.transports import TransportError, chosen_transport
from tallystick.foundation import audit, jobs
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import require_outside, transaction
from tallystick.invoices.documents.drawing import DocumentNotDrawn
from tallystick.usecases import dun
from tallystick.usecases.documents import attached_file
from tallystick.usecases.frame import SYSTEM, require_own, use_case
from tallystick.usecases.roles import Permission


class Happened(StrEnum):
    """What became of an order to deliver."""

    SENT = "sent"
    WILL_TRY_AGAIN = "will_try_again"
    GIVEN_UP = "given_up"
    BOUNCED = "bounced"
    NOT_YET_TIME = "not_yet_time"
    NOTHING_TO_DO = "nothing_to_do"
    # What it says is true no more.
    DROPPED = "dropped"


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What happened, what the other side said, and when the job comes back: it is deferred already."""

    happened: Happened
    answer: str = ""
    next_try_at: datetime | None = None


def deliver_message(*, message_id: UUID, at: datetime) -> Delivered:
    """This function will try once to hand the message over, and see to the next try if it must wait.

    At least once: when it is killed after the other side took the message and before that is recorded, the message goes
    out again, under the same Message-ID.

    Raises:
        NotFound: when there is no such message.
    """
    require_outside("Delivering a message")
    with transaction():
        if dun.drop_if_overtaken(message_id=message_id, at=at):
            return Delivered(happened=Happened.DROPPED)
        claimed = operations.claim(message_id=message_id, at=at)
        if isinstance(claimed, datetime):
            # Another try is under way, or was killed: whoever comes back then will see.
            jobs.defer(operations.DELIVER_JOB, schedule_at=claimed, message_id=str(message_id))
    if claimed is None:
        return Delivered(happened=Happened.NOTHING_TO_DO)
    if isinstance(claimed, datetime):
        return Delivered(happened=Happened.NOT_YET_TIME, next_try_at=claimed)
    transport = chosen_transport()
    try:
        # Drawn here, and not kept: the facts of a document never change, so every sending carries the same.
        files = tuple(attached_file(SYSTEM, each) for each in claimed.attachments)
        answer = transport.send(replace(claimed, files=files), at=at).answer
        result = Result.ACCEPTED
    except DocumentNotDrawn as error:
        answer = str(error)
        result = Result.LATER
    except TransportError as error:
        answer = error.answer
        result = Result.REFUSED if error.permanent else Result.LATER
    with transaction():
        next_try_at = operations.record_delivery(
            message_id=message_id,
            sending=claimed.sending,
            at=at,
            transport=transport.name,
            result=result,
            answer=answer,
        )
    return Delivered(happened=_happened(result, next_try_at), answer=answer, next_try_at=next_try_at)


def record_returned_mail(*, notice: bytes, at: datetime) -> bool:
    """This function will record a delivery status notification (RFC 3464), and say whether it changed anything.

    A notice of delay, and one that came before, change nothing.

    Raises:
        NoticeNotUnderstood: when the bytes are no notice about one of our mails.
        NotFound: when the message is not here.
    """
    read = read_notice(notice)
    if not read.is_final:
        return False
    with transaction():
        return operations.record_bounce(message_id=read.message_id, at=at, answer=read.answer)


@use_case(Permission.RESEND_MAIL)
def resend_message(*, actor: Actor, at: datetime, message_id: UUID) -> None:
    """This function will have a message that left, failed or bounced sent once more, as it was.

    Raises:
        NotFound: when there is no such message, or not for this actor.
        MessageTransitionRefused: when it waits to be sent anyway.
    """
    before = queries.message(message_id)
    require_own(actor, before.customer_id, kind="message")
    operations.requeue(message_id=message_id, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="resend_message",
        kind="message",
        object_id=message_id,
        before={"state": before.state},
        after={"state": "queued", "recipient_email": before.recipient_email},
    )


def _happened(result: Result, next_try_at: datetime | None) -> Happened:
    match result:
        case Result.ACCEPTED:
            return Happened.SENT
        case Result.REFUSED:
            return Happened.BOUNCED
        case Result.LATER:
            return Happened.WILL_TRY_AGAIN if next_try_at else Happened.GIVEN_UP
