"""Writing messages and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tallystick.correspondence import states
from tallystick.correspondence.contents import Kind
from tallystick.correspondence.mime import Attached, Envelope
from tallystick.correspondence.models import Attachment, Delivery, Message, SentStatement
from tallystick.correspondence.queries import attachments_of
from tallystick.correspondence.rendering import Content
from tallystick.foundation import jobs
from tallystick.foundation.errors import Invalid, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import needs_transaction
from tallystick.foundation.wording import one_line

DELIVER_JOB: Final = "correspondence.deliver"

# Longer than a mail server can keep one try waiting: nine steps of `transports.PATIENCE_SECONDS`.
TRY_TAKES_AT_MOST: Final = timedelta(minutes=10)
# How long to wait after each try that failed for now; after the last one the message is given up, after three days.
# RFC 5321, 4.5.4.1: at least 30 minutes between tries in the long run; two quick ones are allowed at first.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440, 1440))

_LONGEST_ANSWER = 500
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Who gets a mail; the name may be empty."""

    name: str
    email: str


@dataclass(kw_only=True, eq=False)
class RecipientNotAccepted(Invalid):
    """The text is no e-mail address, so nothing can be sent there."""

    code: ClassVar[str] = "recipient_not_accepted"
    sentence: ClassVar[str] = "“{email}” is not an e-mail address. Enter one such as name@example.com."
    field: ClassVar[str | None] = "email"

    email: str


class Result(StrEnum):
    """What one try came to: handed over, not now, or never."""

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"


@needs_transaction
def queue(
    *,
    kind: Kind,
    recipients: Sequence[Recipient],
    customer_id: UUID | None,
    about: tuple[str, UUID] | None,
    unique_key: str,
    content: Content,
    at: datetime,
    attached: Sequence[Attached] = (),
) -> list[UUID]:
    """This function will queue one message for each recipient, and return the ids of those that are new.

    The same `unique_key` to the same address is queued once, ever; whoever comes second gets an empty list. `about` is
    what the mail is about, such as ("payment", its id). What is attached is drawn when the message is delivered.

    Raises:
        RecipientNotAccepted: when an address is none.
    """
    about_kind, about_id = about or ("", None)
    messages = [
        Message(
            id=new_id(),
            kind=kind,
            customer_id=customer_id,
            about_kind=about_kind,
            about_id=about_id,
            recipient_name=one_line(recipient.name)[:_LONGEST_NAME],
            recipient_email=_address(recipient.email),
            subject=content.subject,
            text_body=content.text,
            html_body=content.html,
            unique_key=unique_key,
            next_try_at=at,
            created_at=at,
        )
        for recipient in recipients
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    wanted = [message.id for message in messages]
    stored = set(Message.objects.filter(id__in=wanted).values_list("id", flat=True))
    fresh = [identifier for identifier in wanted if identifier in stored]
    Attachment.objects.bulk_create(
        Attachment(
            message_id=identifier,
            position=position,
            document_kind=each.document_kind,
            document_id=each.document_id,
            name=each.name,
        )
        for identifier in fresh
        for position, each in enumerate(attached, start=1)
    )
    for identifier in fresh:
        jobs.defer(DELIVER_JOB, message_id=str(identifier))
    return fresh


@needs_transaction
def keep_statement(
    *,
    customer_id: UUID,
    from_date: date | None,
    until_date: date,
    known_before: datetime,
    seller: dict[str, Any],
    buyer: dict[str, Any],
) -> UUID:
    """This function will keep what a statement that goes by mail covers, and return the id of the document."""
    row = SentStatement.objects.create(
        customer_id=customer_id,
        from_date=from_date,
        until_date=until_date,
        known_before=known_before,
        seller=seller,
        buyer=buyer,
    )
    return row.id


@needs_transaction
def claim(*, message_id: UUID, at: datetime) -> Envelope | datetime | None:
    """This function will take the message for one try, and return what to send.

    When it is not its time yet, because another try is under way or the last one failed, it returns the moment to come
    back; when there is nothing left to do it returns None. Whoever claimed and died keeps others away for
    `TRY_TAKES_AT_MOST`, no longer.

    Raises:
        NotFound: when there is no such message.
    """
    message = _locked(message_id)
    if message.state != states.QUEUED:
        return None
    if at < message.next_try_at:
        return message.next_try_at
    if message.tries > len(WAITS):
        # No try came to an end that could be recorded: this mail must not take workers down for ever.
        _change(message, "give_up")
        return None
    message.tries += 1
    message.next_try_at = at + TRY_TAKES_AT_MOST
    message.save(update_fields=["tries", "next_try_at"])
    return Envelope(
        message_id=message.id,
        sending=message.sending,
        recipient_name=message.recipient_name,
        recipient_email=message.recipient_email,
        subject=message.subject,
        text=message.text_body,
        html=message.html_body,
        attachments=attachments_of(message.id),
    )


@needs_transaction
def drop(*, message_id: UUID, at: datetime, reason: str) -> bool:
    """This function will not send a message that waits to be sent, and keep why; False when it does not wait.

    Raises:
        NotFound: when there is no such message.
    """
    message = _locked(message_id)
    if message.state != states.QUEUED:
        return False
    _add_delivery(message, at=at, accepted=False, transport="check", answer=reason)
    _change(message, "drop")
    return True


@needs_transaction
def record_delivery(
    *, message_id: UUID, sending: int, at: datetime, transport: str, result: Result, answer: str
) -> datetime | None:
    """This function will record what one try came to, and return when to try again, if at all.

    What is known already, such as a bounce that overtook this record or a later sending, stays as it is; the try is
    recorded all the same.

    Raises:
        NotFound: when there is no such message.
    """
    message = _locked(message_id)
    _add_delivery(message, at=at, accepted=result is Result.ACCEPTED, transport=transport, answer=answer)
    if message.state != states.QUEUED or message.sending != sending:
        return None
    if result is Result.LATER and message.tries <= len(WAITS):
        message.next_try_at = at + WAITS[max(message.tries, 1) - 1]
        message.save(update_fields=["next_try_at"])
        jobs.defer(DELIVER_JOB, schedule_at=message.next_try_at, message_id=str(message.id))
        return message.next_try_at
    if result is Result.ACCEPTED:
        message.sent_at = at
    event = {Result.ACCEPTED: "send", Result.LATER: "give_up", Result.REFUSED: "bounce"}[result]
    _change(message, event)
    return None


@needs_transaction
def record_bounce(*, message_id: UUID, at: datetime, answer: str) -> bool:
    """This function will record that the message came back, and say whether that was news.

    Raises:
        NotFound: when there is no such message.
    """
    message = _locked(message_id)
    if message.state == states.BOUNCED:
        return False
    _add_delivery(message, at=at, accepted=False, transport="bounce", answer=answer)
    _change(message, "bounce")
    return True


@needs_transaction
def requeue(*, message_id: UUID, at: datetime) -> None:
    """This function will have a message sent once more, as it was, under a Message-ID of its own.

    Raises:
        NotFound: when there is no such message.
        MessageTransitionRefused: when it waits to be sent anyway.
    """
    message = _locked(message_id)
    message.sending += 1
    message.tries = 0
    message.next_try_at = at
    _change(message, "requeue")
    jobs.defer(DELIVER_JOB, message_id=str(message.id))


def _locked(message_id: UUID) -> Message:
    message = Message.objects.select_for_update().filter(id=message_id).first()
    if message is None:
        raise NotFound(kind="message")
    return message


def _change(message: Message, event: str) -> None:
    message.state = states.next_state(message_id=message.id, state=message.state, event=event)
    message.save(update_fields=["state", "sent_at", "sending", "tries", "next_try_at"])


def _add_delivery(message: Message, *, at: datetime, accepted: bool, transport: str, answer: str) -> None:
    Delivery.objects.create(
        message=message,
        at=at,
        accepted=accepted,
        transport=transport,
        answer=one_line(answer)[:_LONGEST_ANSWER],
    )


def _address(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise RecipientNotAccepted(email=text) from None
    return text
