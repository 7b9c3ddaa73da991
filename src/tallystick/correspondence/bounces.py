"""Reads the notices that mail servers send about mail that came back (RFC 3464). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from typing import ClassVar, Final, cast
from uuid import UUID

from tallystick.correspondence.mime import parse_message_id
from tallystick.foundation.errors import Invalid
from tallystick.foundation.wording import one_line

LARGEST_NOTICE_BYTES: Final = 10 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a notice says of one of our messages. `is_final` is false while the server keeps trying."""

    message_id: UUID
    is_final: bool
    answer: str


@dataclass(kw_only=True, eq=False)
class NoticeNotUnderstood(Invalid):
    """The bytes are no delivery status notification about one of our messages."""

    code: ClassVar[str] = "notice_not_understood"
    sentence: ClassVar[str] = "This is not a delivery status notification about one of our mails: {reason}."

    reason: str


def read_notice(raw: bytes) -> Notice:
    """This function will read a delivery status notification.

    Raises:
        NoticeNotUnderstood: when it is none, or is about a mail that is not ours.
    """
    if len(raw) > LARGEST_NOTICE_BYTES:
        raise NoticeNotUnderstood(reason="it is too large")
    # The old policy reads headers as they are; the new one may refuse what broken servers write.
    notice = message_from_bytes(raw, policy=policy.compat32)
    parts = list(notice.walk())
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None or not status.is_multipart():
        raise NoticeNotUnderstood(reason="it has no delivery status")
    message_id = _our_message(parts)
    if message_id is None:
        raise NoticeNotUnderstood(reason="it names no message of ours")
    recipients = [block for block in cast("list[Message]", status.get_payload()) if block.get("Action")]
    if not recipients:
        raise NoticeNotUnderstood(reason="it says nothing of a recipient")
    failed = [block for block in recipients if _field(block, "Action").lower() == "failed"]
    about = (failed or recipients)[0]
    answer = " ".join(filter(None, (_field(about, "Status"), _field(about, "Diagnostic-Code"))))
    return Notice(message_id=message_id, is_final=bool(failed), answer=answer)


def _our_message(parts: list[Message]) -> UUID | None:
    return next((found for each in _message_ids(parts) if (found := parse_message_id(each))), None)


def _message_ids(parts: list[Message]) -> Iterator[str]:
    """The Message-ID of the mail that came back: the whole mail or its headers are in the notice's last part."""
    for part in parts:
        match part.get_content_type():
            case "message/rfc822":
                for inner in cast("list[Message]", part.get_payload()):
                    yield _field(inner, "Message-ID")
            case "text/rfc822-headers":
                content = cast("bytes", part.get_payload(decode=True))
                yield _field(message_from_bytes(content, policy=policy.compat32), "Message-ID")


def _field(message: Message, name: str) -> str:
    return one_line(str(message.get(name, "")))
