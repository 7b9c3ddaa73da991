"""Paying what failed with another card, and letting automatic payment go on with that card (E38b, C13)."""

from datetime import datetime
from uuid import UUID

from tallystick.foundation import audit, jobs
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction, transaction
from tallystick.payments import autopay, autopay_queries, autopay_switches
from tallystick.payments import queries as payments
from tallystick.payments.autopay import Acceptance, Agreed, NoMethodToCharge
from tallystick.payments.terms import accepted_words
from tallystick.usecases.autopay import TERMS_READ
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.roles import Permission
from tallystick.wire import autopay as wire


@needs_transaction
def accept_switch(attempt_id: UUID, terms_sha256: str, *, customer_id: UUID | None, actor: Actor, at: datetime) -> None:
    """This function will note with a try that automatic payment shall go on with its card once it paid.

    `terms_sha256` is the hash of the words that were shown and accepted, which must be what the business asks for now.

    Raises:
        NotAllowed: when the actor may not manage automatic payment.
        InvalidField: when automatic payment is off, or the terms were changed meanwhile.
    """
    actor.require(Permission.MANAGE_AUTOPAY)
    if customer_id is None or autopay_queries.agreement(customer_id) is None:
        raise InvalidField(name="autopay", reason="Automatic payment is off, so it cannot go on with another card.")
    terms_text = accepted_words(TERMS_READ, terms_sha256)
    autopay_switches.note(attempt_id, terms_text=terms_text, by=actor.label, through=actor.kind, at=at)


@needs_transaction
def defer_switch(attempt_id: UUID, method_id: UUID) -> None:
    """This function will have automatic payment go on with the card that paid, if its payer wanted that."""
    if autopay_switches.is_noted(attempt_id):
        jobs.defer("autopay.switch", attempt_id=str(attempt_id), method_id=str(method_id))


def switch_autopay(*, attempt_id: UUID, method_id: UUID, at: datetime) -> bool:
    """This function will put an agreement with another card in the place of the payer's, and mail that.

    All else stays as it was agreed. Returns False when there is nothing to do: it was done before, automatic payment
    was ended or agreed anew meanwhile, or the card was removed.
    """
    with transaction():
        switch = autopay_switches.locked(attempt_id)
        if switch is None:
            return False
        customer_id: UUID = payments.payment(payments.attempt(attempt_id)["payment_id"])["customer_id"]
        before = autopay_queries.agreement(customer_id)
        if before is None or before["accepted_at"] > switch.accepted_at:
            # What was decided last counts.
            return False
        agreed = Agreed(
            method_id=method_id,
            charge_day=before["charge_day"],
            cap_minor=before["cap_minor"],
            cap_currency=before["cap_currency"],
        )
        accepted = Acceptance(terms_text=switch.terms.text, by=switch.accepted_by, through=switch.accepted_through)
        try:
            agreement_id = autopay.agree(customer_id, agreed, accepted, at=at)
        except (NotFound, NoMethodToCharge):
            return False
        autopay_switches.done(switch, agreement_id)
        jobs.defer("mail.autopay_agreed", agreement_id=str(agreement_id))
        audit.record(
            actor=SYSTEM,
            at=at,
            action="agree_autopay",
            kind="customer",
            object_id=customer_id,
            before=wire.autopay_shape(before, terms=switch.terms.text),
            after=wire.one_autopay(customer_id, terms=switch.terms.text),
        )
    return True
