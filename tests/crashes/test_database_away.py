"""Messages that come while our database is away are not acknowledged, and so come again (S26)."""

from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from psycopg import sql

from tallystick.foundation.ids import public_id
from tallystick.wire import builders
from tests.conftest import OwnDatabase
from tests.databases import Databases, disconnect
from tests.gateways.receiver import Post, Receiver
from tests.usecases.shop import Shop


class Door:
    """The webhooks' door as the web server holds it: its answers, and how it answered so far."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answers: list[int] = []

    def __call__(self, post: Post) -> int:
        headers = {"Sandbox-Signature": post.headers["Sandbox-Signature"]}
        client = Client(raise_request_exception=False)
        try:
            response = client.post(self.address, post.body, content_type="application/json", headers=headers)
        finally:
            connection.close()
        self.answers.append(response.status_code)
        return response.status_code


def allow_connections(databases: Databases, name: str, *, allowed: bool) -> None:
    """This function will let nobody into a database, and end whoever is there, or open it again."""
    with psycopg.connect(databases.conninfo_of("postgres"), autocommit=True) as other:
        change = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
        other.execute(change.format(sql.Identifier(name), sql.SQL("true" if allowed else "false")))
        if not allowed:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


def test_s26_what_is_not_stored_is_not_acknowledged(
    own_database: OwnDatabase,
    databases: Databases,
    service: Any,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The sandbox waits five seconds for an answer.
    pool: Any = connections.settings["default"]["OPTIONS"]["pool"]
    monkeypatch.setitem(pool, "timeout", 1)
    shop = Shop(service, receiver)
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    door = Door(reverse("webhooks:receive", args=[public_id(builders.GATEWAY_ACCOUNT, shop.account_id)]))
    receiver.on_post = door
    name = connection.settings_dict["NAME"]
    disconnect()  # a pool with little patience takes its place
    allow_connections(databases, name, allowed=False)
    try:
        shop.customer_pays(started)
        service.run_due()
    finally:
        allow_connections(databases, name, allowed=True)
        disconnect()  # a pool that waits longer after each refusal would not see at once that the database is back
    assert set(door.answers) == {503}

    service.advance(60)

    assert door.answers[-1] == 200
    assert shop.inbox() == [("payment.succeeded", "stored")]
    shop.do_jobs()
    assert (shop.standing(invoice), shop.charges()) == (("issued", 0), [10680])
