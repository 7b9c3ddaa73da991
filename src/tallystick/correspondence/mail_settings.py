"""How mail leaves this installation: the settings of the mail server, kept in the database but for the password."""

import os
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tallystick.foundation import business, settings_store
from tallystick.foundation.settings_store import Setting

OUTBOX: Final = "outbox"
SMTP: Final = "smtp"
STARTTLS: Final = "starttls"
TLS: Final = "tls"
PLAIN: Final = "none"


def _is_host(value: Any) -> bool:
    return isinstance(value, str) and not any(each.isspace() or not each.isprintable() for each in value)


def _is_address(value: Any) -> bool:
    if value == "":
        return True
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True


def _is_port(value: Any) -> bool:
    return type(value) is int and 0 < value < 65536


TRANSPORT: Final = Setting(
    "mail_transport",
    OUTBOX if settings.DEMO else SMTP,
    "smtp: a mail server delivers. outbox: mails are kept and shown here, and nobody gets one.",
    lambda value: value in (OUTBOX, SMTP),
)
HOST: Final = Setting("smtp_host", "", "The name of the mail server, such as smtp.example.com.", _is_host)
PORT: Final = Setting("smtp_port", 587, "The mail server's port: 587 for starttls, 465 for tls.", _is_port)
USER: Final = settings_store.text("smtp_user", default="", describes="The user at the mail server; empty for none.")
SECURITY: Final = Setting(
    "smtp_security",
    STARTTLS,
    "starttls, tls, or none; none is for a mail server on this machine and sends no password.",
    lambda value: value in (STARTTLS, TLS, PLAIN),
)
SENDER_NAME: Final = settings_store.text(
    "mail_sender_name", default="", describes="The name that mails come from; empty for the business's name."
)
SENDER_ADDRESS: Final = Setting("mail_sender_address", "", "The address that mails come from.", _is_address)
REPLY_TO: Final = Setting("mail_reply_to", "", "Where answers to mails go; empty for the sender.", _is_address)

ALL: Final = (TRANSPORT, HOST, PORT, USER, SECURITY, SENDER_NAME, SENDER_ADDRESS, REPLY_TO)


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """The mail server and who mails come from. `security` is starttls, tls or none."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: str
    sender_name: str
    sender_address: str
    # Empty for the sender itself.
    reply_to: str = ""


def mail_server() -> MailServer:
    """This function will return the mail server as it is set up; the password is `TALLYSTICK_SMTP_PASSWORD`."""
    return MailServer(
        host=settings_store.get(HOST),
        port=settings_store.get(PORT),
        user=settings_store.get(USER),
        password=os.environ.get("TALLYSTICK_SMTP_PASSWORD", ""),
        security=settings_store.get(SECURITY),
        sender_name=settings_store.get(SENDER_NAME) or settings_store.get(business.NAME),
        sender_address=settings_store.get(SENDER_ADDRESS),
        reply_to=settings_store.get(REPLY_TO),
    )
