"""The message as it goes over the wire (RFC 5322), and its Message-ID, by which a returned mail is recognised. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.message import Message as WireMessage
from email.utils import format_datetime, formataddr
from typing import cast
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.utils.encoding import punycode

from tallystick.foundation.files import File
from tallystick.foundation.wording import one_line

_OUR_MESSAGE_ID = re.compile(r"<?([0-9a-f]{32})\.[0-9]{1,5}@[^\s<>@]+>?")


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A document that goes with a message, by what it is a document of, and its name as a file."""

    document_kind: str
    document_id: UUID
    name: str


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
    attachments: tuple[Attached, ...] = ()
    # The attachments as they are handed over.
    files: tuple[File, ...] = ()


def message_id_header(envelope: Envelope, sender_address: str) -> str:
    """This function will return the Message-ID, the same for every try of one sending: repeats are recognised by it."""
    domain = wire_address(sender_address).rpartition("@")[2]
    return f"<{envelope.message_id.hex}.{envelope.sending}@{domain}>"


def wire_address(address: str) -> str:
    """This function will return an address with its domain in ASCII, as mail servers take it (RFC 5891)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{punycode(domain)}"


def parse_message_id(header: str) -> UUID | None:
    """This function will return the id of our message behind a Message-ID, or None for a foreign one."""
    found = _OUR_MESSAGE_ID.fullmatch(header.strip())
    return UUID(hex=found[1]) if found else None


def wire_message(
    envelope: Envelope, *, sender_name: str, sender_address: str, at: datetime, reply_to: str = ""
) -> WireMessage:
    """This function will build the message: text, HTML and files, 7-bit clean, names and subject encoded (RFC 2047).

    Answers go to `reply_to`, or to the sender while it is empty.

    Raises:
        BadHeaderError: when an address holds a line break.
    """
    mail = EmailMultiAlternatives(
        subject=_header_text(envelope.subject),
        body=envelope.text,
        from_email=formataddr((_header_text(sender_name), wire_address(sender_address))),
        to=[formataddr((_header_text(envelope.recipient_name), wire_address(envelope.recipient_email)))],
        reply_to=[formataddr((_header_text(sender_name), wire_address(reply_to)))] if reply_to else None,
        headers={
            "Message-ID": message_id_header(envelope, sender_address),
            "Date": format_datetime(at),
            # RFC 3834: keeps holiday notices from coming back.
            "Auto-Submitted": "auto-generated",
        },
        alternatives=[(envelope.html, "text/html")],
        attachments=[(file.name, file.content, file.media_type) for file in envelope.files],
    )
    charset = Charset("utf-8")
    charset.body_encoding = QP
    mail.encoding = charset
    message = cast("WireMessage", mail.message())
    # Told its own name, the header breaks its first line where it should, and not right after the name.
    message.replace_header("Subject", Header(_header_text(envelope.subject), header_name="Subject").encode())
    return message


def _header_text(text: str) -> str:
    # Plain text that looks like an encoded word (RFC 2047) would be decoded, line breaks and all, by whoever reads it.
    return one_line(text).replace("=?", "= ?")
