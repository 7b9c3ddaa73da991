"""Messages of the sandbox: proven by `Sandbox-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from tallystick.gateways.adapters.sandbox import subjects
from tallystick.gateways.adapters.sandbox.subjects import clean
from tallystick.gateways.port import Message, MessageRefused

HEADER: Final = "sandbox-signature"
TOLERANCE_SECONDS: Final = 300
LARGEST_BODY: Final = 1_000_000
# Many more parts than there can be secrets in use at once.
_MOST_PARTS: Final = 20
LONGEST_KIND: Final = 60


def verify(*, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> None:
    """This function will refuse a body that is not proven to come from the service, at a moment near `at`.

    While a secret is being rolled the service signs with both, and we may know both: any pair that fits is proof.

    Raises:
        MessageRefused: when it is not proven.
    """
    if len(body) > LARGEST_BODY:
        raise MessageRefused(reason="it is too large")
    known = [secret for secret in secrets if secret]
    if not known:
        raise MessageRefused(reason="no secret is configured, so that nothing can be proven")
    given = [value for name, value in headers.items() if name.lower() == HEADER]
    parts = [part.strip().partition("=") for part in given[0].split(",")] if len(given) == 1 else []
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value.encode() for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not re.fullmatch("[0-9]{1,12}", times[0]) or not 0 < len(signatures) <= _MOST_PARTS:
        raise MessageRefused(reason="it is not signed")
    if abs(at.timestamp() - int(times[0])) > TOLERANCE_SECONDS:
        raise MessageRefused(reason="its signature is too old, or from the future")
    signed = times[0].encode() + b"." + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in known]
    # All are compared, whichever fits: the time taken tells nothing.
    fits = [hmac.compare_digest(one, other) for one in expected for other in signatures]
    if not any(fits):
        raise MessageRefused(reason="its signature is wrong")


def message(body: bytes) -> Message:
    """This function will read a verified body. What it does not know, it leaves: other kinds and fields are no error.

    Raises:
        MessageRefused: when it is no message.
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise MessageRefused(reason="it is no JSON") from None
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict) or not isinstance(event.get("livemode"), bool):
        raise MessageRefused(reason="it is no message of this service")
    external_id = clean(event.get("id"))
    if not external_id or len(external_id) > subjects.LONGEST_TEXT:
        raise MessageRefused(reason="it has no id")
    subject = data.get("object")
    read = subjects.read(subject if isinstance(subject, dict) else {})
    return Message(
        external_id=external_id,
        kind=clean(event.get("type"))[:LONGEST_KIND],
        about=read.about,
        reference=read.reference,
        fact=read.fact,
        is_live=event["livemode"],
        body=body,
    )
