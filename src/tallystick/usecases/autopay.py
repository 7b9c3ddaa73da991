"""Autopay as the payer agrees to it: switched on, changed, switched off (E33, E38e, C13; `docs/model.md`, 27).

What is charged by it, and when, is in `autopay_run.py`.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_noop

from tallystick.customers.queries import customer_row
from tallystick.foundation import audit, jobs, settings_store
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.own_texts import own_text
from tallystick.foundation.permissions import Actor
from tallystick.payments import autopay, autopay_queries
from tallystick.payments.autopay import Acceptance, Agreed
from tallystick.payments.terms import LONGEST_TERMS, accepted_words
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import autopay as wire
from tallystick.wire.autopay import AutopayShape

TERMS: Final = settings_store.Setting[str](
    "autopay_terms",
    gettext_noop(
        "I allow this business to charge my stored payment method for invoices when they are due, until I end this. "
        "I am told of every charge, and can end this at any time."
    ),
    "What customers accept when they switch automatic payment on: a text of at most 5000 characters.",
    lambda value: isinstance(value, str) and value == value.strip() and 0 < len(value) <= LONGEST_TERMS,
)
TERMS_READ: Final = own_text(TERMS, longest=LONGEST_TERMS)
LONGEST_EVIDENCE: Final = 200
LONGEST_REASON: Final = 200


@use_case(Permission.MANAGE_AUTOPAY)
def agree(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    terms_sha256: str,
    method_id: UUID | None = None,
    charge_day: int | None = None,
    cap_minor: int | None = None,
    cap_currency: str = "",
    evidence: str = "",
    idempotency_key: str | None = None,
) -> AutopayShape:
    """This function will switch autopay on for a payer, or change it: a new agreement in place of the old (C13).

    `terms_sha256` is the hash of the words that were shown and accepted. They must be what the business asks for now,
    so that nobody agrees to words that they did not see. Staff who record what a payer agreed to say in `evidence` how
    the payer did. All contacts are told, with the words.

    Raises:
        NotFound: when there is no such customer or method.
        InvalidField: when the terms were changed meanwhile, the cap's currency is none, or the evidence is missing.
        NoMethodToCharge, ChargeDayNotAccepted, CapNotAccepted, AutopayAgreedAlready: as the names say.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    customer_row(customer_id)
    refuse_card_numbers(evidence=evidence)
    terms = accepted_words(TERMS_READ, terms_sha256)
    if cap_minor is not None:
        require_currency(cap_currency=cap_currency)
    said = _said(actor, evidence)
    before = autopay_queries.agreement(customer_id)
    agreement_id = autopay.agree(
        customer_id,
        Agreed(method_id=method_id, charge_day=charge_day, cap_minor=cap_minor, cap_currency=cap_currency),
        Acceptance(terms_text=terms, by=actor.label, through=actor.kind, evidence=said),
        at=at,
    )
    jobs.defer("mail.autopay_agreed", agreement_id=str(agreement_id))
    shape = wire.one_autopay(customer_id, terms=terms)
    audit.record(
        actor=actor,
        at=at,
        action="agree_autopay",
        kind="customer",
        object_id=customer_id,
        before=None if before is None else wire.autopay_shape(before, terms=terms),
        after=shape,
    )
    return shape


@use_case(Permission.MANAGE_AUTOPAY)
def end(
    *, actor: Actor, at: datetime, customer_id: UUID, reason: str = "", idempotency_key: str | None = None
) -> AutopayShape:
    """This function will end a payer's autopay at once, and mail that; without one nothing happens.

    Planned tries are given up. A charge that is under way goes on; none begins any more.

    Raises:
        NotFound: when there is no such customer.
        InvalidField: when the reason is too long.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    customer_row(customer_id)
    refuse_card_numbers(reason=reason)
    if len(reason) > LONGEST_REASON:
        raise InvalidField(name="reason", reason=f"A reason has at most {LONGEST_REASON} characters.")
    terms = settings_store.get(TERMS)
    before = autopay_queries.agreement(customer_id)
    if before is not None and autopay.end(customer_id, by=actor.label, at=at):
        jobs.defer("mail.autopay_ended", agreement_id=str(before["id"]))
        audit.record(
            actor=actor,
            at=at,
            action="end_autopay",
            kind="customer",
            object_id=customer_id,
            before=wire.autopay_shape(before, terms=terms),
            after={"reason": reason},
        )
    return wire.one_autopay(customer_id, terms=terms)


def _said(actor: Actor, evidence: str) -> str:
    """How the payer agreed, when it was not one of its contacts who pressed the button."""
    said = evidence.strip()
    if len(said) > LONGEST_EVIDENCE:
        raise InvalidField(name="evidence", reason=f"This text has at most {LONGEST_EVIDENCE} characters.")
    if actor.kind == "staff" and not said:
        raise InvalidField(name="evidence", reason="Say how the customer agreed, such as by a signed form of 3 May.")
    return said
