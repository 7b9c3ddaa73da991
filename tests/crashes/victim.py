"""A process that does one thing of the product and is killed at a point: `python -m tests.crashes.victim ORDER`.

The order is JSON: `act`, its arguments, and perhaps `dies`: "before" or "after" and the dotted name of a function.
There the process kills itself as a power cut would, without a chance to clean up.
"""

import base64
import json
import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import django


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


def bill(run: str, moment: str, *, limit: int) -> None:
    """This function will do steps of a bill run, at one moment, until it has finished, when it is told to begin."""
    from datetime import datetime

    from tallystick.usecases import bill_run

    run_id = UUID(run)
    actor = bill_run.whoever_began(run_id)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    outcome = bill_run.Outcome.WENT_ON
    while outcome is not bill_run.Outcome.FINISHED:
        outcome = bill_run.step(actor=actor, at=datetime.fromisoformat(moment), run_id=run_id, limit=limit)


def main(order: dict[str, Any]) -> None:
    """This function will do what was ordered."""
    from tallystick.foundation import jobs
    from tallystick.usecases import autopay_run, collect, receive, refund
    from tests.scenarios.conftest import actor
    from tests.usecases.shop import RETURN_URL, at

    if order.get("dies"):
        arm(order["dies"])
    ids = {name: UUID(value) for name, value in order.items() if name.endswith("_id")}
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
        case "receive":
            body = base64.b64decode(order["body"])
            receive.receive_messages(account_id=ids["account_id"], headers=order["headers"], body=body, at=at())
        case "changes":
            receive.receive_changes(account_id=ids["account_id"], at=at())
        case "bill":
            bill(order["run"], order["moment"], limit=order["limit"])
        case "autopay":
            autopay_run.charge(payment_id=ids["payment_id"], at=at())
        case "autopay run":
            autopay_run.run(at=at())
        case "work":
            jobs.work(concurrency=1)
        case act:
            raise ValueError(act)


if __name__ == "__main__":
    django.setup()
    import tallystick.interfaces.jobs.registry  # noqa: F401 - the jobs register themselves

    main(json.loads(sys.argv[1]))
