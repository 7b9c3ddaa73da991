"""How webhooks are signed: `Sandbox-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`."""

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "Sandbox-Signature"


def signature_header(body: bytes, *, secrets: Sequence[str], timestamp: int) -> str:
    """This function will return the header for a body, with one `v1` for every secret that is valid now."""
    signed = f"{timestamp}.".encode() + body
    parts = [f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={timestamp}", *parts])
