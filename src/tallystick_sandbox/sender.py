"""Sending webhooks: at least once, in the order in which they are due, by one sender whatever the workers."""

import logging
import secrets
import sqlite3
import threading
import time

import httpx

from tallystick_sandbox import clock, due, merchants, signing
from tallystick_sandbox.store import Store

# Seconds to wait after each failed attempt; then the delivery is given up, after about three days.
RETRY_SECONDS = (5, 30, 120, 600, 3_600, 21_600, 86_400, 172_800)
POST_SECONDS = 5
LEASE_SECONDS = 15
IDLE_SECONDS = 0.2
SETTLE_WAIT_SECONDS = 20

logger = logging.getLogger(__name__)


class Sender:
    """The thread that does what is due and posts webhooks, as long as it holds the lease in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holder = secrets.token_hex(8)
        self._wake = threading.Event()
        self._client = httpx.Client(timeout=POST_SECONDS, trust_env=False)

    def start(self) -> None:
        """This function will start the thread; it ends with the process."""
        threading.Thread(target=self._run, name="sandbox-sender", daemon=True).start()

    def wake(self) -> None:
        """This function will have the sender look at once for what is due."""
        self._wake.set()

    def settle(self) -> None:
        """This function will return once no webhook is due any more, so that callers need not wait and look."""
        self.wake()
        end = time.monotonic() + SETTLE_WAIT_SECONDS
        while time.monotonic() < end and _next_delivery(self._store.reading()):
            time.sleep(0.005)

    def _run(self) -> None:
        while True:
            self._wake.wait(IDLE_SECONDS)
            self._wake.clear()
            try:
                while self._hold_lease() and (due.run(self._store) or self._deliver_next()):
                    pass
            except Exception:
                # Whatever is wrong with one delivery, the thread must outlive it.
                logger.exception("The webhook sender failed and goes on")
                time.sleep(IDLE_SECONDS)

    def _hold_lease(self) -> bool:
        lease = self._store.reading().execute("SELECT * FROM leases WHERE name = 'sender'").fetchone()
        now = clock.real_now()
        if lease and lease["holder"] == self._holder and lease["expires"] - now > LEASE_SECONDS * clock.SECOND // 2:
            return True
        with self._store.writing() as db:
            holder = db.execute(
                "INSERT INTO leases VALUES ('sender', ?, ?) ON CONFLICT (name) DO UPDATE"
                " SET holder = excluded.holder, expires = excluded.expires"
                " WHERE holder = excluded.holder OR expires < ? RETURNING holder",
                (self._holder, now + LEASE_SECONDS * clock.SECOND, now),
            ).fetchone()
        return holder is not None

    def _deliver_next(self) -> bool:
        db = self._store.reading()
        delivery = _next_delivery(db)
        if delivery is None:
            return False
        body = delivery["body"].encode()
        valid = merchants.valid_secrets(db, delivery["merchant"], clock.now(db))
        header = signing.signature_header(
            body, secrets=[row["secret"] for row in valid], timestamp=clock.real_now() // clock.SECOND
        )
        answer, delivered = "", False
        try:
            response = self._client.post(
                delivery["webhook_url"],
                content=body,
                headers={"Content-Type": "application/json", signing.HEADER: header},
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            answer = type(error).__name__
        else:
            answer, delivered = str(response.status_code), response.is_success
        self._note(delivery, answer, delivered=delivered)
        return True

    def _note(self, delivery: sqlite3.Row, answer: str, *, delivered: bool) -> None:
        attempts = delivery["attempts"] + 1
        with self._store.writing() as db:
            wait = 0
            state = "delivered"
            if not delivered and attempts <= len(RETRY_SECONDS):
                wait, state = RETRY_SECONDS[attempts - 1], "pending"
            elif not delivered:
                state = "given_up"
            due_at = clock.now(db) + wait * clock.SECOND
            db.execute(
                "UPDATE deliveries SET state = ?, attempts = ?, due = ?, last_answer = ? WHERE id = ?",
                (state, attempts, due_at, answer, delivery["id"]),
            )


def _next_delivery(db: sqlite3.Connection) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT deliveries.*, events.body, merchants.webhook_url FROM deliveries"
        " JOIN events ON events.id = deliveries.event JOIN merchants ON merchants.id = deliveries.merchant"
        " WHERE state = 'pending' AND due <= ? ORDER BY due, deliveries.id LIMIT 1",
        (clock.now(db),),
    ).fetchone()
    return row
