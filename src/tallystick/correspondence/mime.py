"""The message as it goes over the wire (RFC 5322), and its Message-ID, by which a returned mail is recognised. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.message import Message as WireMessage
from email.utils import format_datetime, formataddr
from typing import cast
from uuid import UUID

from django.core.mail import EmailMultiAlternatives

from tallystick.correspondence.wording import one_line

_OUR_MESSAGE_ID = re.compile(r"<?([0-9a-f]{32})\.[0-9]{1,5}@[^\s<>@]+>?")


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A message to one address. `sending` counts how often it was sent on purpose, from 1."""

    message_id: UUID
    sending: int
    recipient_name: str
    recipient_email: str
    subject: str
    text: str
    html: str


def message_id_header(envelope: Envelope, sender_address: str) -> str:
    """This function will return the Message-ID, the same for every try of one sending: repeats are recognised by it."""
    domain = sender_address.rpartition("@")[2]
    return f"<{envelope.message_id.hex}.{envelope.sending}@{domain}>"


def parse_message_id(header: str) -> UUID | None:
    """This function will return the id of our message behind a Message-ID, or None for a foreign one."""
    found = _OUR_MESSAGE_ID.fullmatch(header.strip())
    return UUID(hex=found[1]) if found else None


def wire_message(envelope: Envelope, *, sender_name: str, sender_address: str, at: datetime) -> WireMessage:
    """This function will build the message: text and HTML, 7-bit clean, names and subject encoded (RFC 2047).

    Raises:
        BadHeaderError: when an address holds a line break.
    """
    mail = EmailMultiAlternatives(
        subject=one_line(envelope.subject),
        body=envelope.text,
        from_email=formataddr((one_line(sender_name), sender_address)),
        to=[formataddr((one_line(envelope.recipient_name), envelope.recipient_email))],
        headers={
            "Message-ID": message_id_header(envelope, sender_address),
            "Date": format_datetime(at),
            # RFC 3834: keeps holiday notices from coming back.
            "Auto-Submitted": "auto-generated",
        },
        alternatives=[(envelope.html, "text/html")],
    )
    charset = Charset("utf-8")
    charset.body_encoding = QP
    mail.encoding = charset
    return cast("WireMessage", mail.message())
