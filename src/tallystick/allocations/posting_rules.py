"""What allocations post (`docs/chart-of-accounts.md`): J08, J14, with the exchange difference of J51. Pure functions.

J09, the release, is the mirror of its J08 (`ledger.operations.reverse`).
"""

from uuid import UUID

from tallystick.ledger.accounts import CUSTOMER_CREDIT, RECEIVABLES, SMALL_DIFFERENCES
from tallystick.ledger.entries import EntryDraft, Worth, credit, debit, exchange_difference


def allocate(
    *,
    allocation_id: UUID,
    customer_id: UUID,
    source_id: UUID,
    invoice_id: UUID,
    credit_worth: Worth,
    claim_worth: Worth,
) -> EntryDraft:
    """This function will return the entry that sets credit against an invoice (J08).

    Both sides have the same amount, each at its own carried base; account 6810 takes the difference (J51).
    """
    return EntryDraft(
        rule="J08",
        subject_kind="allocation",
        subject_id=allocation_id,
        lines=(
            debit(CUSTOMER_CREDIT, credit_worth, customer_id=customer_id, per=source_id),
            credit(RECEIVABLES, claim_worth, customer_id=customer_id, per=invoice_id),
            *exchange_difference(credit_worth, claim_worth, per=allocation_id),
        ),
    )


def write_short(*, difference_id: UUID, customer_id: UUID, invoice_id: UUID, worth: Worth) -> EntryDraft:
    """This function will return the entry of a few cents that an invoice lacks (J14, short)."""
    return EntryDraft(
        rule="J14",
        subject_kind="small_difference",
        subject_id=difference_id,
        lines=(
            debit(SMALL_DIFFERENCES, worth, per=difference_id),
            credit(RECEIVABLES, worth, customer_id=customer_id, per=invoice_id),
        ),
    )


def write_over(*, difference_id: UUID, customer_id: UUID, payment_id: UUID, worth: Worth) -> EntryDraft:
    """This function will return the entry of a few cents that a payment has too much (J14, over)."""
    return EntryDraft(
        rule="J14",
        subject_kind="small_difference",
        subject_id=difference_id,
        lines=(
            debit(CUSTOMER_CREDIT, worth, customer_id=customer_id, per=payment_id),
            credit(SMALL_DIFFERENCES, worth, per=difference_id),
        ),
    )
