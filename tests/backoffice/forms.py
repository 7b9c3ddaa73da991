"""Forms as people send them: done once however often, refused without a trace, closed to who may not."""

import html
import re
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry, IdempotencyRecord
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.subscriptions import queries

# Who asks: the client of somebody with a role, by its name.
Signed = Callable[[str], Client]


def url(name: str, *arguments: str) -> str:
    return reverse(f"office:{name}", args=arguments)


def sub(subscription: Any) -> str:
    return public_id("sub", subscription)


def post(client: Client, address: str, data: dict[str, Any], key: str = "") -> HttpResponse:
    return client.post(address, {"idempotency_key": key or str(uuid.uuid4()), **data})  # type: ignore[return-value]


def traces() -> tuple[int, int, int, int]:
    """This function will count what an act leaves behind."""
    return (
        AuditEntry.objects.count(),
        IdempotencyRecord.objects.count(),
        sum(queries.count(queries.SubscriptionFilter()).values()),
        len(lists.payments_page(PaymentFilter()).rows),
    )


def closed(client: Client, address: str, data: dict[str, Any]) -> None:
    """This function will see that somebody may not do this, and that trying leaves no trace."""
    before = traces()
    assert post(client, address, data).status_code == 403
    assert traces() == before


def refused(client: Client, address: str, data: dict[str, Any]) -> str:
    """This function will see that a form is refused without a trace, and return the page as people read it."""
    before = traces()
    response = post(client, address, data)
    assert response.status_code == 422
    assert traces() == before
    return text_of(response)


def text_of(response: Any) -> str:
    page = html.unescape(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r" (?=[,.])", "", re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def done(client: Client, address: str, data: dict[str, Any]) -> str:
    """This function will send a form twice, as a double click does: one effect, the same answer."""
    key = str(uuid.uuid4())
    first = post(client, address, data, key)
    assert first.status_code == 302, text_of(first)
    entries = AuditEntry.objects.count()
    second = post(client, address, data, key)
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert AuditEntry.objects.count() == entries
    return first["Location"]


def token(client: Client, address: str, data: dict[str, Any]) -> str:
    """This function will read what stands for the preview of a form."""
    response: Any = client.post(address, data)
    assert response.status_code == 200
    [found] = re.findall(r'name="preview" value="([0-9a-f]+)"', response.content.decode())
    return str(found)
