"""Django's mail settings, from one address in the environment."""

import os
from typing import Any
from urllib.parse import unquote, urlsplit


def mail_settings() -> dict[str, Any]:
    """This function will return the settings that `TALLYSTICK_SMTP` gives, such as `smtps://user:secret@host:465`.

    `smtp` begins in the clear and turns to TLS when a user name is given or the port is 587; `smtps` is TLS from the
    start. Without it, the server on this machine is used. `TALLYSTICK_MAIL_FROM` is the sender.

    Raises:
        ValueError: when it is no such address.
    """
    sender = os.environ.get("TALLYSTICK_MAIL_FROM", "billing@localhost")
    address = urlsplit(os.environ.get("TALLYSTICK_SMTP") or "smtp://localhost:25")
    if address.scheme not in {"smtp", "smtps"} or not address.hostname:
        raise ValueError("TALLYSTICK_SMTP must look like smtp://user:secret@mail.example.com:587, or smtps://….")
    tls_from_the_start = address.scheme == "smtps"
    port = address.port or (465 if tls_from_the_start else 25)
    return {
        "EMAIL_HOST": address.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(address.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(address.password or ""),
        "EMAIL_USE_SSL": tls_from_the_start,
        "EMAIL_USE_TLS": not tls_from_the_start and (bool(address.username) or port == 587),
        # A silent mail server must not hold a worker for ever.
        "EMAIL_TIMEOUT": 20,
        "DEFAULT_FROM_EMAIL": sender,
        "SERVER_EMAIL": sender,
    }
