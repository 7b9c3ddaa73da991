"""Storing a payment method without paying (B3, C11, E38e), on the gateway's own page: no card number comes here.

As when money is taken (`collect`), our own row comes first, then the call outside any transaction, then the outcome.
The page that the customer comes back to asks the gateway, and when they never come, the sweeper or a message does. The
method is kept once, however often it is told.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypedDict, cast
from uuid import UUID

from tallystick.customers.queries import customer_row
from tallystick.foundation import audit
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import require_outside, transaction
from tallystick.gateways.port import Answer, Outcome, SetupOrder
from tallystick.gateways.registry import open_gateway, require_storing
from tallystick.payments import methods, setups, tries
from tallystick.usecases.card_limits import count_outcome, count_try
from tallystick.usecases.frame import SYSTEM, final_answer, look_at_each, require_own, use_case
from tallystick.usecases.keep_method import keep_method
from tallystick.usecases.roles import Permission
from tallystick.usecases.settle import Settled
from tallystick.usecases.tries import ASK_EVERY
from tallystick.wire import builders, method_setups
from tallystick.wire.method_setups import METHOD_SETUP, MethodSetupShape

# A page on which nobody stored anything is given up after this long, as a checkout is (`docs/model.md`, 3).
SETUP_LASTS: Final = timedelta(hours=24)


class Begun(TypedDict):
    """What the first transaction leaves behind."""

    setup_id: str


def begin_setup(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    account_id: UUID,
    return_url: str,
    makes_default: bool = False,
    idempotency_key: str | None = None,
) -> MethodSetupShape:
    """This function will begin to store a payment method of a customer, and return where the customer goes for it.

    `return_url` is where the gateway sends the customer back; "{setup}" in it becomes the set-up's id. The first method
    of a customer becomes the default one in any case. A repeat with the same key returns the first answer, or goes on
    where the first one was cut off.

    Raises:
        NotAllowed: when the actor may not manage methods.
        NotFound: when there is no such customer or account.
        GatewayNotEnabled, NoMethodsStored: as the names say.
        CardTriesSlowed, CardTriesStopped: when too many new cards of the customer did not work before.
    """
    require_outside("Calling a gateway")
    answer: Mapping[str, object] = _start(
        actor=actor,
        at=at,
        customer_id=customer_id,
        account_id=account_id,
        return_url=return_url,
        makes_default=makes_default,
        idempotency_key=idempotency_key,
    )
    if "setup_id" not in answer:
        return cast("MethodSetupShape", answer)
    setup_id = UUID(hex=str(answer["setup_id"]))
    _perform(setup_id, at=at)
    shape = method_setups.one_setup(setup_id)
    if shape["state"] in {"created", "sent"}:
        # Still on its way in another thread, or cut off there: a later repeat will have more to tell.
        return shape
    return final_answer(answer, shape, actor=actor, idempotency_key=idempotency_key)


def ask(*, setup_id: UUID, at: datetime) -> Settled:
    """This function will ask the gateway what became of a set-up, and record it: return page, sweeper and messages.

    Raises:
        NotFound: when there is no such set-up.
    """
    require_outside("Calling a gateway")
    account_id: UUID = setups.setup(setup_id)["account_id"]
    return _settle(setup_id, open_gateway(account_id).ask_setup(public_id(METHOD_SETUP, setup_id)), at=at)


def sweep(*, at: datetime, limit: int = 100) -> int:
    """This function will ask about every set-up that is not over, and return how many it looked at.

    One that nobody finished in 24 hours is given up at the gateway.

    Raises:
        ExceptionGroup: when some of them failed; all the others were looked at.
    """
    due = setups.unsettled(asked_before=at - ASK_EVERY, limit=limit)
    return look_at_each(due, lambda each: _look_at(each, at=at), trouble="Some set-ups could not be settled.")


@use_case(Permission.MANAGE_METHODS)
def _start(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    account_id: UUID,
    return_url: str,
    makes_default: bool,
    idempotency_key: str | None,
) -> Begun:
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    customer_row(customer_id)
    require_storing(account_id)
    setup_id = setups.begin(
        customer_id=customer_id, account_id=account_id, makes_default=makes_default, return_url=return_url, at=at
    )
    count_try(setup_id, actor=actor, customer_id=customer_id, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="begin_method_setup",
        kind="customer",
        object_id=customer_id,
        after={"setup": public_id(METHOD_SETUP, setup_id), "makes_default": makes_default},
    )
    return {"setup_id": setup_id.hex}


def _perform(setup_id: UUID, *, at: datetime) -> None:
    """Send a set-up that was written down, once, and record the outcome."""
    with transaction():
        setup = setups.locked(setup_id)
        if not tries.mark_sent(setup, at=at):
            return
    public = public_id(METHOD_SETUP, setup_id)
    order = SetupOrder(
        reference=public,
        description=customer_row(setup.customer_id).name,
        return_url=setup.return_url.replace("{setup}", public),
        customer_reference=public_id(builders.CUSTOMER, setup.customer_id),
    )
    _settle(setup_id, open_gateway(setup.account_id).set_up(order), at=at)


def _settle(setup_id: UUID, answer: Answer, *, at: datetime) -> Settled:
    """Record what became of a set-up, and keep what it stored, in one transaction; a late success is kept too."""
    with transaction():
        setup = setups.locked(setup_id)
        before = setup.state
        settled = Settled(answered=answer.outcome is not Outcome.UNKNOWN)
        if before == Outcome.SUCCEEDED or (before in tries.ENDED and answer.outcome is not Outcome.SUCCEEDED):
            return settled
        if answer.outcome is Outcome.SUCCEEDED and answer.card is not None:
            setup.method_id = keep_method(
                customer_id=setup.customer_id,
                account_id=setup.account_id,
                token=answer.token,
                card=answer.card,
                at=at,
            )
            if setup.method_id is None:
                answer = replace(answer, outcome=Outcome.DECLINED, decline_code=methods.MethodOfAnother.code)
            elif setup.makes_default:
                methods.make_default(methods.locked(setup.method_id))
        tries.record(setup, answer, at=at)
        count_outcome(setup_id, answer.outcome, customer_id=setup.customer_id, at=at)
        if setup.state in tries.ENDED:
            _record(setup, before, answer, at=at)
    return settled


def _record(setup: setups.SetupRow, before: str, answer: Answer, *, at: datetime) -> None:
    facts: dict[str, str] = {"setup": public_id(METHOD_SETUP, setup.id), "state": setup.state}
    if setup.method_id is not None and answer.card is not None:
        facts |= {
            "method": public_id(builders.PAYMENT_METHOD, setup.method_id),
            "brand": answer.card.brand,
            "last_four": answer.card.last_four,
        }
    audit.record(
        actor=SYSTEM,
        at=at,
        action="settle_method_setup" if setup.method_id is None else "store_method",
        kind="customer",
        object_id=setup.customer_id,
        before={"state": before},
        after=facts,
    )


def _look_at(setup_id: UUID, *, at: datetime) -> None:
    row = setups.setup(setup_id)
    if row["state"] == Outcome.ACTION_REQUIRED and row["created_at"] < at - SETUP_LASTS:
        answer = open_gateway(row["account_id"]).cancel_setup(public_id(METHOD_SETUP, setup_id))
        _settle(setup_id, answer, at=at)
    else:
        ask(setup_id=setup_id, at=at)
