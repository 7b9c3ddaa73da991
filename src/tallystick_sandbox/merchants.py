"""Merchants: accounts of the sandbox, their keys, webhook endpoint and signing secrets."""

import secrets
import sqlite3
from dataclasses import dataclass

from tallystick_sandbox import clock, store


@dataclass(frozen=True)
class Merchant:
    """An account: who may ask for what."""

    id: str
    name: str
    secret_key: str
    publishable_key: str
    webhook_url: str | None
    origin: str | None


def _merchant(row: sqlite3.Row) -> Merchant:
    return Merchant(**{name: row[name] for name in Merchant.__dataclass_fields__})


def ensure(db: sqlite3.Connection, *, name: str, webhook_url: str | None, origin: str | None) -> Merchant:
    """This function will return the merchant of that name with its keys, creating it where it is new.

    Addresses that are given replace the former ones; None leaves them.
    """
    now = clock.now(db)
    merchant_id = store.new_id("mer")
    created = db.execute(
        "INSERT INTO merchants (id, name, secret_key, publishable_key, created) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (name) DO NOTHING RETURNING id",
        (merchant_id, name, store.new_id("sk_sandbox"), store.new_id("pk_sandbox"), now),
    ).fetchone()
    if created:
        add_secret(db, merchant_id, now)
    db.execute(
        "UPDATE merchants SET webhook_url = coalesce(?, webhook_url), origin = coalesce(?, origin) WHERE name = ?",
        (webhook_url, origin, name),
    )
    return _merchant(db.execute("SELECT * FROM merchants WHERE name = ?", (name,)).fetchone())


def add_secret(db: sqlite3.Connection, merchant_id: str, now: int) -> None:
    """This function will give a merchant a new signing secret that does not expire."""
    secret = f"whsec_{secrets.token_hex(24)}"
    db.execute("INSERT INTO webhook_secrets VALUES (?, ?, ?, NULL)", (secret, merchant_id, now))


def by_secret_key(db: sqlite3.Connection, secret_key: str) -> Merchant | None:
    """This function will return the merchant of a secret key, if there is one."""
    row = db.execute("SELECT * FROM merchants WHERE secret_key = ?", (secret_key,)).fetchone()
    return _merchant(row) if row else None


def by_id(db: sqlite3.Connection, merchant_id: str) -> Merchant:
    """This function will return a merchant that is known to exist."""
    return _merchant(db.execute("SELECT * FROM merchants WHERE id = ?", (merchant_id,)).fetchone())


def set_webhook_url(db: sqlite3.Connection, merchant: Merchant, url: str) -> None:
    """This function will set where the webhooks of a merchant go from now on, waiting ones included."""
    db.execute("UPDATE merchants SET webhook_url = ? WHERE id = ?", (url, merchant.id))


def rotate_secret(db: sqlite3.Connection, merchant: Merchant, *, overlap_seconds: int) -> None:
    """This function will give a merchant a new signing secret and let the former one sign along for a while."""
    now = clock.now(db)
    db.execute(
        "UPDATE webhook_secrets SET expires = ? WHERE merchant = ? AND expires IS NULL",
        (now + overlap_seconds * clock.SECOND, merchant.id),
    )
    add_secret(db, merchant.id, now)


def valid_secrets(db: sqlite3.Connection, merchant_id: str, now: int) -> list[sqlite3.Row]:
    """This function will return the signing secrets that are valid now, the newest first."""
    return db.execute(
        "SELECT secret, expires FROM webhook_secrets WHERE merchant = ? AND (expires IS NULL OR expires > ?)"
        " ORDER BY expires IS NOT NULL, expires DESC",
        (merchant_id, now),
    ).fetchall()


def account_json(db: sqlite3.Connection, merchant: Merchant) -> dict[str, object]:
    """This function will return an account as the API shows it to its owner, keys included."""
    return {
        "id": merchant.id,
        "name": merchant.name,
        "secret_key": merchant.secret_key,
        "publishable_key": merchant.publishable_key,
        "webhook_secret": valid_secrets(db, merchant.id, clock.now(db))[0]["secret"],
        "webhook_url": merchant.webhook_url,
        "origin": merchant.origin,
        "livemode": False,
    }


def endpoint_json(db: sqlite3.Connection, merchant: Merchant) -> dict[str, object]:
    """This function will return the webhook endpoint of a merchant with the secrets that sign now."""
    rows = valid_secrets(db, merchant.id, clock.now(db))
    return {
        "url": by_id(db, merchant.id).webhook_url,
        "secrets": [
            {"secret": row["secret"], "expires": clock.moment_text(row["expires"]) if row["expires"] else None}
            for row in rows
        ],
    }
