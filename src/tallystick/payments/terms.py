"""The terms of a single payment: the business writes them, whoever pays accepts them, and both are kept (C13)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tallystick.foundation import settings_store
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.own_texts import OwnText, own_text
from tallystick.foundation.transactions import needs_transaction
from tallystick.payments import operations
from tallystick.payments.models import Payment
from tallystick.payments.terms_models import PaymentTerms, TermsAcceptance

LONGEST_TERMS: Final = 5000
PAYMENT_TERMS: Final = settings_store.Setting[str](
    "payment_terms",
    "",
    "What customers accept when they pay in the portal: a text of at most 5000 characters, or empty for nothing.",
    lambda value: isinstance(value, str) and value == value.strip() and len(value) <= LONGEST_TERMS,
)
PAYMENT_TERMS_READ: Final = own_text(PAYMENT_TERMS, longest=LONGEST_TERMS)


def terms_hash(terms_text: str) -> str:
    """This function will return the SHA-256 of the words that somebody accepts, in hexadecimal."""
    return hashlib.sha256(terms_text.encode()).hexdigest()


def accepted_words(terms: OwnText, terms_sha256: str) -> str:
    """This function will return the words that somebody accepted, in whichever language they read them.

    Raises:
        InvalidField: when the terms were changed meanwhile.
    """
    found = next((each for each in terms.in_every_language() if terms_hash(each) == terms_sha256), None)
    if found is None:
        raise InvalidField(name="terms_sha256", reason="The terms were changed meanwhile. Read them again.")
    return found


@needs_transaction
def keep_words(terms_text: str) -> str:
    """This function will keep words that somebody accepts, once, and return their hash."""
    sha256 = terms_hash(terms_text)
    PaymentTerms.objects.bulk_create([PaymentTerms(sha256=sha256, text=terms_text)], ignore_conflicts=True)
    return sha256


@needs_transaction
def accept(payment: Payment, terms_sha256: str, *, by: str, at: datetime) -> None:
    """This function will record that the words of this hash were accepted with a locked payment.

    They must be what the business asks for now, so that nobody accepts words that they did not see.

    Raises:
        InvalidField: when the terms were changed meanwhile.
    """
    keep_words(accepted_words(PAYMENT_TERMS_READ, terms_sha256))
    TermsAcceptance.objects.create(payment=payment, terms_id=terms_sha256, accepted_by=by, accepted_at=at)
    operations.note(payment, event="accept_terms", before=payment.status, by=by, at=at, detail={"terms": terms_sha256})


def acceptances(payment_id: UUID) -> list[Mapping[str, Any]]:
    """This function will return who accepted which words with a payment, the first first."""
    rows = TermsAcceptance.objects.filter(payment_id=payment_id).order_by("accepted_at", "id")
    return list(rows.values("accepted_by", "accepted_at", "terms_id", "terms__text"))
