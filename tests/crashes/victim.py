"""Processes that do one thing of the product and are killed at a point.

An order is `act`, its arguments, and perhaps `dies`: "before" or "after" and the dotted name of a function. There the
process kills itself as a power cut would, without a chance to clean up.

They are forked from one process that has imported everything and done nothing, so that none waits for its imports.
"""

import base64
import multiprocessing
import os
import pkgutil
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

from tests.databases import django_at

_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload(["tests.crashes.nursery"])


class Victim:
    """A process that does something; it can be waited for, and killed."""

    def __init__(self, order: dict[str, Any], database_url: str) -> None:
        self._wire, its_end = _NURSERY.Pipe()
        self._process = _NURSERY.Process(target=live, args=(order, database_url, its_end), daemon=True)
        self._process.start()
        its_end.close()

    def wait(self, timeout: float = 60) -> int:
        """This function will wait for its end, and return how it ended: -9 when it was killed."""
        self._process.join(timeout)
        assert self._process.exitcode is not None, "it goes on and on"
        return self._process.exitcode

    def kill(self) -> None:
        """This function will kill it at once."""
        self._process.kill()

    def await_ready(self) -> None:
        """This function will wait until it says that it is ready."""
        assert self._wire.recv() == "ready"

    def begin(self) -> None:
        """This function will let it begin, after it was ready."""
        self._wire.send("begin")


def live(order: dict[str, Any], database_url: str, wire: Connection) -> None:
    """This function will do what was ordered, in a process of its own, at a database."""
    with django_at(database_url):
        main(order, wire)


def arm(point: str) -> None:
    """This function will have the process die at a function's border."""
    when, _, dotted = point.partition(" ")
    path, _, name = dotted.rpartition(".")
    owner = pkgutil.resolve_name(path)
    function: Callable[..., Any] = getattr(owner, name)

    def dying(*args: Any, **kwargs: Any) -> None:
        if when == "after":
            function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)


def bill(run: str, moment: str, wire: Connection, *, limit: int) -> None:
    """This function will do steps of a bill run, at one moment, until it has finished, when it is told to begin."""
    from datetime import datetime

    from tallystick.usecases import bill_run

    run_id = UUID(run)
    actor = bill_run.whoever_began(run_id)
    wire.send("ready")
    wire.recv()
    outcome = bill_run.Outcome.WENT_ON
    while outcome is not bill_run.Outcome.FINISHED:
        outcome = bill_run.step(actor=actor, at=datetime.fromisoformat(moment), run_id=run_id, limit=limit)


def hear(order: dict[str, Any], account_id: UUID) -> None:
    """This function will take in a message of a gateway, or ask what has changed there."""
    from tallystick.usecases import receive
    from tests.usecases.shop import at

    if order["act"] == "changes":
        receive.receive_changes(account_id=account_id, at=at())
        return
    body = base64.b64decode(order["body"])
    receive.receive_messages(account_id=account_id, headers=order["headers"], body=body, at=at())


def dun(order: dict[str, Any]) -> None:
    """This function will do a step of the reminders of a moment: decide on them, write some, send a mail, or print."""
    from datetime import datetime

    from tallystick.usecases import deliver, notify_reminder, reminder_letters
    from tallystick.usecases import dun as run
    from tallystick.usecases.frame import SYSTEM

    moment, ids = datetime.fromisoformat(order["moment"]), [UUID(each) for each in order["ids"]]
    match order["step"]:
        case "decide":
            run.run(at=moment)
        case "write":
            notify_reminder.write(reminder_ids=ids, at=moment)
        case "send":
            deliver.deliver_message(message_id=ids[0], at=moment)
        case "print":
            reminder_letters.print_letters(actor=SYSTEM, at=moment, letter_ids=ids)


def charge(order: dict[str, Any], ids: dict[str, UUID]) -> None:
    """This function will charge a payment automatically, or find everything that is to be charged."""
    from tallystick.usecases import autopay_run
    from tests.usecases.shop import at

    if order["act"] == "autopay":
        autopay_run.charge(payment_id=ids["payment_id"], at=at())
    else:
        autopay_run.run(at=at())


def main(order: dict[str, Any], wire: Connection) -> None:
    """This function will do what was ordered."""
    from tallystick.foundation import jobs
    from tallystick.usecases import collect, import_payments, refund
    from tests.scenarios.conftest import actor
    from tests.usecases.shop import RETURN_URL, at

    if order.get("dies"):
        arm(order["dies"])
    ids = {name: UUID(str(value)) for name, value in order.items() if name.endswith("_id")}
    match order["act"]:
        case "pay":
            collect.pay(
                actor=actor(),
                at=at(),
                customer_id=ids["customer_id"],
                amounts={ids["invoice_id"]: None},
                account_id=ids["account_id"],
                method_id=ids["method_id"],
                return_url=RETURN_URL,
                idempotency_key="click",
            )
        case "refund":
            refund.refund_payment(
                actor=actor(),
                at=at(),
                payment_id=ids["payment_id"],
                amount_minor=4000,
                reason="Paid twice",
                still_owed=True,
                idempotency_key="refund",
            )
        case "receive" | "changes":
            hear(order, ids["account_id"])
        case "bill":
            bill(order["run"], order["moment"], wire, limit=order["limit"])
        case "dun":
            dun(order)
        case "autopay" | "autopay run":
            charge(order, ids)
        case "import":
            import_payments.work(import_id=ids["import_id"], at=at())
        case "work":
            jobs.work(concurrency=1)
        case act:
            raise ValueError(act)
