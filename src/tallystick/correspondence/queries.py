"""Reading messages: the outbox, one message with its deliveries, and the letterhead of this business."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from tallystick.correspondence import mail_settings
from tallystick.correspondence.contents import KINDS_WITH_A_KEY, Business, Kind
from tallystick.correspondence.mime import Attached
from tallystick.correspondence.models import Attachment, Delivery, Message, SentStatement
from tallystick.correspondence.rendering import Content
from tallystick.correspondence.states import DROPPED, QUEUED
from tallystick.foundation import business, settings_store
from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch

# The colour of a business that has not chosen one: the accent of our pages.
OUR_COLOUR = "#204eb2"

_ROW = (
    "id",
    "kind",
    "customer_id",
    "about_kind",
    "about_id",
    "recipient_name",
    "recipient_email",
    "subject",
    "state",
    "tries",
    "next_try_at",
    "created_at",
    "sent_at",
)
_ABOUT = (
    f"SELECT {', '.join(_ROW)} FROM correspondence_message "  # noqa: S608 - our own columns
    "WHERE about_id = %s ORDER BY created_at DESC, id DESC"
)

_SINCE = (
    "SELECT unique_key, recipient_email, created_at FROM correspondence_message "
    "WHERE kind = %s AND customer_id = %s AND created_at >= %s"
)


@dataclass(frozen=True, kw_only=True)
class DeliveryFacts:
    """One try to hand a message over, or its coming back, and what the other side said."""

    at: datetime
    accepted: bool
    transport: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class MessageFacts:
    """One message. `content` is None where it holds a key that only its recipient may have."""

    id: UUID
    kind: str
    customer_id: UUID | None
    about_kind: str
    about_id: UUID | None
    recipient_name: str
    recipient_email: str
    subject: str
    state: str
    tries: int
    next_try_at: datetime
    created_at: datetime
    sent_at: datetime | None
    content: Content | None
    attachments: tuple[Attached, ...]
    deliveries: tuple[DeliveryFacts, ...]


def letterhead() -> Business:
    """This function will return who writes, as the settings say it."""
    return Business(
        name=settings_store.get(business.NAME),
        colour=settings_store.get(business.COLOUR) or OUR_COLOUR,
        email=settings_store.get(business.EMAIL),
    )


def outbox_page(
    *,
    cursor: str = "",
    limit: int = 50,
    customer_id: UUID | None = None,
    customer_ids: Sequence[UUID] | None = None,
    kind: str | Sequence[str] = (),
    state: str | Sequence[str] = (),
    search: str = "",
) -> Page:
    """This function will return one page of messages, newest first; `search` finds in address and subject.

    Raises:
        CursorNotAccepted: when the cursor is not of this list.
    """
    filters: dict[str, Any] = {"customer_id": customer_id, "kind__in": _each(kind), "state__in": _each(state)}
    rows = Message.objects.filter(**{name: value for name, value in filters.items() if value})
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=customer_ids)
    if search:
        rows = rows.filter(Q(recipient_email__icontains=search) | Q(subject__icontains=search))
    return page(rows.values(*_ROW), order=("-created_at", "-id"), cursor=cursor, limit=limit)


def messages_about(object_id: UUID) -> list[dict[str, Any]]:
    """This function will return the messages about one object, newest first."""
    return fetch(_ABOUT, [object_id])


def queued_before(unique_keys: Iterable[str]) -> set[str]:
    """This function will return under which of the keys messages were queued, whatever became of them."""
    return set(Message.objects.filter(unique_key__in=set(unique_keys)).values_list("unique_key", flat=True))


def told_by_mail(kind: Kind, customer_ids: Iterable[UUID], *, since: datetime) -> set[tuple[str, str]]:
    """This function will return under which keys mails of a kind were queued for some customers, and to which address,
    whatever became of them.
    """
    rows = Message.objects.filter(kind=kind, customer_id__in=set(customer_ids), created_at__gte=since)
    return set(rows.values_list("unique_key", "recipient_email"))


def mails_since(kind: Kind, customer_id: UUID, *, since: datetime) -> list[tuple[str, str, datetime]]:
    """This function will return which mails of a kind were queued for a customer, whatever became of them: key,
    address and moment.
    """
    found = fetch(_SINCE, [kind, customer_id, since])
    return [(row["unique_key"], row["recipient_email"], row["created_at"]) for row in found]


def message(message_id: UUID) -> MessageFacts:
    """This function will return one message with its deliveries, oldest first.

    What signs its reader in is shown only where the outbox is the one place to read mail.

    Raises:
        NotFound: when there is no such message.
    """
    row = Message.objects.filter(id=message_id).first()
    if row is None:
        raise NotFound(kind="message")
    withheld = row.kind in KINDS_WITH_A_KEY and settings_store.get(mail_settings.TRANSPORT) != mail_settings.OUTBOX
    deliveries = Delivery.objects.filter(message_id=message_id).order_by("id")
    return MessageFacts(
        **{name: getattr(row, name) for name in _ROW},
        content=None if withheld else Content(subject=row.subject, text=row.text_body, html=row.html_body),
        attachments=attachments_of(message_id),
        deliveries=tuple(
            DeliveryFacts(at=each.at, accepted=each.accepted, transport=each.transport, answer=each.answer)
            for each in deliveries
        ),
    )


def what_for(message_id: UUID) -> tuple[str, str] | None:
    """This function will return the kind of a message that waits to be sent, and the key under which it was queued."""
    row: tuple[str, str] | None = (
        Message.objects.filter(id=message_id, state=QUEUED).values_list("kind", "unique_key").first()
    )
    return row


def on_their_way(unique_keys: Iterable[str]) -> set[str]:
    """This function will return under which of the keys a mail was sent to somebody, or waits to be; one that was sent
    before and dropped when it was to be sent once more was sent.
    """
    rows = Message.objects.filter(unique_key__in=set(unique_keys)).exclude(state=DROPPED, sent_at=None)
    return set(rows.values_list("unique_key", flat=True))


def attachments_of(message_id: UUID) -> tuple[Attached, ...]:
    """This function will return what goes with a message, in order."""
    rows = Attachment.objects.filter(message_id=message_id).order_by("position")
    return tuple(Attached(**row) for row in rows.values("document_kind", "document_id", "name"))


def sent_statement(statement_id: UUID) -> dict[str, Any]:
    """This function will return what a statement that went by mail covers, and both parties as they were.

    Raises:
        NotFound: when there is none.
    """
    columns = ("id", "customer_id", "from_date", "until_date", "known_before", "seller", "buyer")
    row: dict[str, Any] | None = SentStatement.objects.filter(id=statement_id).values(*columns).first()
    if row is None:
        raise NotFound(kind="statement")
    return row


def _each(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value
