"""Writing down a try at a gateway, before it is made: by the customer, a program or autopay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypedDict
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.foundation import audit, jobs
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction
from tallystick.gateways.registry import require_enabled
from tallystick.payments import attempts, states
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.attempts import PaymentInProgress
from tallystick.payments.exchange import Came
from tallystick.payments.posting_rules import GATEWAY
from tallystick.usecases.autopay_switch import accept_switch
from tallystick.usecases.card_limits import count_try
from tallystick.wire import builders

# Nothing is asked about more often than this.
ASK_EVERY: Final = timedelta(minutes=2)


class Started(TypedDict):
    """What the first transaction leaves behind: the payment, and the attempt that will carry it."""

    payment_id: str
    attempt_id: str


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a try is made: where, by which stored method if any, and whether the payer is there.

    `agreement_id` names the agreement by which autopay charges. `autopay_terms_sha256` is the hash of the words by
    which whoever pays lets autopay go on with the card of this try, if they do.
    """

    account_id: UUID
    return_url: str
    method_id: UUID | None = None
    saves_method: bool = False
    off_session: bool = False
    agreement_id: UUID | None = None
    autopay_terms_sha256: str | None = None


@needs_transaction
def begin(
    payment: payments.PaymentRow,
    wanted: Mapping[UUID, int],
    way: Way,
    *,
    actor: Actor,
    at: datetime,
    on_account_minor: int = 0,
    asked: Came | None = None,
) -> Started:
    """This function will write down a try of a locked payment, for `collect.perform` to make once this is committed.

    `wanted` is what it shall pay: locked invoices, and how much of each in minor units; what is paid on account comes
    on top of them. `asked` is what the gateway takes for all that, when it is charged in another currency.

    Raises:
        NotFound, PaymentTransitionRefused, PaymentInProgress, GatewayNotEnabled: as the names say.
        CardTriesSlowed, CardTriesStopped: when too many new cards of a customer did not work before.
        NotAllowed, InvalidField: when autopay cannot go on with this card (`accept_switch`).
    """
    if payment.status == states.PROCESSING:
        raise PaymentInProgress
    account_id = way.account_id
    if way.method_id is not None:
        if payment.customer_id is None:
            raise NotFound(kind="payment method")
        _, account_id = payment_queries.method_token(way.method_id, of_customer=payment.customer_id)
        require_enabled(account_id)
    payments.move(payment, states.START, by=actor.label, at=at, method=GATEWAY, account_id=account_id, failure_code="")
    attempt = attempts.begin(
        payment,
        account_id=account_id,
        owed_minor=sum(wanted.values()) + on_account_minor,
        asked=asked,
        method_id=way.method_id,
        agreement_id=way.agreement_id,
        off_session=way.off_session,
        saves_method=way.saves_method or (way.autopay_terms_sha256 is not None and way.method_id is None),
        return_url=way.return_url,
        at=at,
    )
    if way.autopay_terms_sha256 is not None:
        accept_switch(attempt.id, way.autopay_terms_sha256, customer_id=payment.customer_id, actor=actor, at=at)
    allocations.aim(payment.id, wanted)
    allocations.reserve(attempt.id, list(wanted))
    if way.method_id is None and payment.customer_id is not None:
        # Last, for whoever settles another try of the customer counts it with all their locks held.
        count_try(attempt.id, actor=actor, customer_id=payment.customer_id, at=at)
    # Should we die before the gateway is called, this finds out what happened and frees the invoices.
    jobs.defer("payments.ask", attempt_id=str(attempt.id), schedule_at=at + ASK_EVERY)
    audit.record(
        actor=actor,
        at=at,
        action="start_attempt",
        kind="payment",
        object_id=payment.id,
        after={
            "attempt": public_id(builders.ATTEMPT, attempt.id),
            "amount_minor": attempt.amount_minor,
            "currency": attempt.currency,
        },
    )
    return {"payment_id": payment.id.hex, "attempt_id": attempt.id.hex}
