"""Ways for a message to leave: a mail server (SMTP), or the outbox, which keeps it and shows it on a page."""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.core.mail.utils import DNS_NAME

from tallystick.correspondence import mail_settings
from tallystick.correspondence.mail_settings import MailServer
from tallystick.correspondence.mime import Envelope, wire_address, wire_message
from tallystick.foundation import settings_store
from tallystick.foundation.transactions import require_outside

# How long one step of the conversation with a mail server may take.
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Accepted:
    """The other side took the message, and this is what it said."""

    answer: str


class TransportError(Exception):
    """The message was not taken. `permanent` says that this recipient will never take it; else a later try may work."""

    def __init__(self, answer: str, *, permanent: bool) -> None:
        super().__init__(answer)
        self.answer = answer
        self.permanent = permanent


class Transport(Protocol):
    """A way for a message to leave."""

    name: str

    def send(self, envelope: Envelope, *, at: datetime) -> Accepted:
        """This function will hand the message over.

        Raises:
            TransportError: when it was not taken.
        """


class Outbox:
    """Hands over to nobody: the message is in our table, and the outbox page shows it."""

    name = mail_settings.OUTBOX

    def send(self, envelope: Envelope, *, at: datetime) -> Accepted:  # noqa: ARG002 - the protocol's form
        return Accepted("Kept in the outbox; no mail server was asked.")


class SmtpTransport:
    """Hands over to a mail server (RFC 5321).

    Only what is said of this recipient (RCPT) or this message (DATA) can be final. Whatever goes wrong before, a wrong
    password too, is ours to mend: the mail waits.
    """

    name = mail_settings.SMTP

    def __init__(self, server: MailServer) -> None:
        self.server = server

    def send(self, envelope: Envelope, *, at: datetime) -> Accepted:
        require_outside("Talking to a mail server")
        server = self.server
        if not server.host or not server.sender_address:
            raise TransportError("No mail server or no sender address is set up.", permanent=False)
        if server.user and server.security == mail_settings.PLAIN:
            raise TransportError("A password is not sent without TLS: set up starttls or tls.", permanent=False)
        message = wire_message(
            envelope,
            sender_name=server.sender_name,
            sender_address=server.sender_address,
            reply_to=server.reply_to,
            at=at,
        ).as_bytes()
        try:
            client = self._connected()
            try:
                return _hand_over(client, server.sender_address, envelope.recipient_email, message)
            finally:
                # What happens after the answer changes nothing about it.
                with contextlib.suppress(OSError):
                    client.quit()
                client.close()
        # Every error of smtplib is an OSError, and so are those of sockets and TLS.
        except OSError as error:
            raise TransportError(_said(error), permanent=False) from error

    def _connected(self) -> smtplib.SMTP:
        server = self.server
        context = ssl.create_default_context()
        name = DNS_NAME.get_fqdn()
        client: smtplib.SMTP
        if server.security == mail_settings.TLS:
            client = smtplib.SMTP_SSL(server.host, server.port, name, timeout=PATIENCE_SECONDS, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, name, timeout=PATIENCE_SECONDS)
        try:
            if server.security == mail_settings.STARTTLS:
                client.starttls(context=context)
            if server.user:
                client.login(server.user, server.password)
        except BaseException:
            client.close()
            raise
        return client


def chosen_transport() -> Transport:
    """This function will return the transport that the settings name."""
    if settings_store.get(mail_settings.TRANSPORT) == mail_settings.OUTBOX:
        return Outbox()
    return SmtpTransport(mail_settings.mail_server())


def _hand_over(client: smtplib.SMTP, sender: str, recipient: str, message: bytes) -> Accepted:
    client.ehlo_or_helo_if_needed()
    code, answer = client.mail(wire_address(sender))
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, answer, sender)
    code, answer = client.rcpt(wire_address(recipient))
    if code not in (250, 251):
        raise _refusal(code, answer)
    try:
        code, answer = client.data(message)
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    if code != 250:
        raise _refusal(code, answer)
    return Accepted(_line(code, answer))


def _refusal(code: int, answer: bytes | str) -> TransportError:
    return TransportError(_line(code, answer), permanent=500 <= code < 600)


def _said(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _line(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"


def _line(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {text}"
