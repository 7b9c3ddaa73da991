"""What wallets post (`docs/chart-of-accounts.md`): J16 to J21, J23 to J25. Pure functions.

Account 2200 keeps paid lots by the lot's id, and what was used beyond all lots by the wallet's; 2210 promotional lots.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from tallystick.ledger.accounts import (
    CUSTOMER_CREDIT,
    OUTPUT_TAX,
    PAID_CREDIT_EXPIRED,
    PROMOTIONAL_CREDIT,
    RECEIVABLES,
    REVENUE_CHARGES,
    VOUCHERS_SOLD,
    WALLET_PAID,
    WALLET_PROMOTIONAL,
    Account,
)
from tallystick.ledger.entries import EntryDraft, Line, Worth, credit, debit, exchange_difference, mirror

_MAKE: Final = {"D": debit, "C": credit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A part of the wallet as the books see it: `per` is a lot, or the wallet for what is beyond all lots."""

    per: UUID
    is_promotional: bool
    worth: Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A charge, or a credit of one, as the books see it. `tax` of 0 minor units is not posted."""

    charge_id: UUID
    customer_id: UUID
    tax_rate_id: UUID
    parts: Sequence[Held]
    net: Worth
    tax: Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxed:
    """The tax within an amount that is paid in, where it is due on top-up."""

    rate_id: UUID
    worth: Worth

    def out_of(self, given: Worth) -> Worth:
        """This function will return an amount that was paid in without its tax."""
        return Worth(given.minor - self.worth.minor, given.currency, given.base_minor - self.worth.base_minor)


def provision(
    *,
    allocation_id: UUID,
    customer_id: UUID,
    payment_id: UUID,
    given: Worth,
    parts: Sequence[Held],
    tax: Taxed | None = None,
) -> EntryDraft:
    """This function will return the entry of a top-up (J16): out of credit, first into what was used beyond prepaid.

    That is carried at what it was used at; account 6810 takes the difference to what pays for it (J51). With `tax` it
    is due now, and the parts are without it.
    """
    carried = _base_of(given, parts, tax)
    return EntryDraft(
        rule="J16",
        subject_kind="allocation",
        subject_id=allocation_id,
        lines=(
            debit(CUSTOMER_CREDIT, given, customer_id=customer_id, per=payment_id),
            *_wallet_lines(parts, customer_id, side="C"),
            *_tax_lines(tax, side="C"),
            *exchange_difference(given, carried, per=allocation_id),
        ),
    )


def take_back(
    *,
    allocation_id: UUID,
    customer_id: UUID,
    payment_id: UUID,
    parts: Sequence[Held],
    entry_id: UUID,
    tax: Taxed | None = None,
) -> EntryDraft:
    """This function will return the entry that takes a top-up back (J17): into credit again, with its tax.

    It is linked to the entry of the top-up, `entry_id`. A lot that filled the wallet and got all of that back from
    credited charges is unspent too, so that the mirror is of what the lot holds. When a lost dispute takes what was
    spent (J42), other lots and what is beyond them give that.
    """
    held = _together(parts)
    minor = held.minor + (tax.worth.minor if tax else 0)
    back = _base_of(Worth(minor, held.currency, 0), parts, tax)
    return EntryDraft(
        rule="J17",
        subject_kind="allocation",
        subject_id=allocation_id,
        lines=(
            *_wallet_lines(parts, customer_id, side="D"),
            *_tax_lines(tax, side="D"),
            credit(CUSTOMER_CREDIT, back, customer_id=customer_id, per=payment_id),
        ),
        reverses_id=entry_id,
    )


def charge(bought: Bought) -> EntryDraft:
    """This function will return the entry of a purchase (J18): out of the wallet, into revenue and tax."""
    return EntryDraft(
        rule="J18",
        subject_kind="payment",
        subject_id=bought.charge_id,
        lines=(*_wallet_lines(bought.parts, bought.customer_id, side="D"), *_revenue_lines(bought, side="C")),
    )


def credit_charge(bought: Bought) -> EntryDraft:
    """This function will return the entry of a purchase that is credited (J19): back into the wallet."""
    return EntryDraft(
        rule="J19",
        subject_kind="payment",
        subject_id=bought.charge_id,
        lines=(*_revenue_lines(bought, side="D"), *_wallet_lines(bought.parts, bought.customer_id, side="C")),
    )


def usage_invoice(*, invoice_id: UUID, claim: Worth, customer_id: UUID, beyond: Held) -> EntryDraft:
    """This function will return the entry of an invoice for what was used beyond prepaid money (J20).

    That is carried at what it was used at; account 6810 takes the difference to the claim (J51).
    """
    return EntryDraft(
        rule="J20",
        subject_kind="invoice",
        subject_id=invoice_id,
        lines=(
            debit(RECEIVABLES, claim, customer_id=customer_id, per=invoice_id),
            *_wallet_lines([beyond], customer_id, side="C"),
            *exchange_difference(claim, beyond.worth, per=invoice_id),
        ),
    )


def pay_invoice(
    *, draw_id: UUID, invoice_id: UUID, customer_id: UUID, parts: Sequence[Held], claim: Worth
) -> EntryDraft:
    """This function will return the entry of an invoice that is paid from paid lots (J21)."""
    given = _together(parts)
    return EntryDraft(
        rule="J21",
        subject_kind="wallet_draw",
        subject_id=draw_id,
        lines=(
            *_wallet_lines(parts, customer_id, side="D"),
            credit(RECEIVABLES, claim, customer_id=customer_id, per=invoice_id),
            *exchange_difference(given, claim, per=draw_id),
        ),
    )


def take_back_from_invoice(
    *, draw_id: UUID, invoice_id: UUID, customer_id: UUID, parts: Sequence[Held], claim: Worth, entry_id: UUID
) -> EntryDraft:
    """This function will return the undo of J21, linked to its entry: what comes back fills the wallet first."""
    back = _together(parts)
    return EntryDraft(
        rule="J21",
        subject_kind="wallet_draw",
        subject_id=draw_id,
        lines=(
            debit(RECEIVABLES, claim, customer_id=customer_id, per=invoice_id),
            *_wallet_lines(parts, customer_id, side="C"),
            *exchange_difference(claim, back, per=draw_id),
        ),
        reverses_id=entry_id,
    )


def grant(*, lot_id: UUID, customer_id: UUID, worth: Worth) -> EntryDraft:
    """This function will return the entry of promotional credit (J23): no income, no tax."""
    return EntryDraft(
        rule="J23",
        subject_kind="lot",
        subject_id=lot_id,
        lines=(
            debit(PROMOTIONAL_CREDIT, worth, per=lot_id),
            credit(WALLET_PROMOTIONAL, worth, customer_id=customer_id, per=lot_id),
        ),
    )


def sell_vouchers(*, batch_id: UUID, money_in: Account, worth: Worth) -> EntryDraft:
    """This function will return the entry of a batch of vouchers that a reseller paid for (J24)."""
    return EntryDraft(
        rule="J24",
        subject_kind="voucher_batch",
        subject_id=batch_id,
        lines=(debit(money_in, worth, per=batch_id), credit(VOUCHERS_SOLD, worth, per=batch_id)),
    )


def redeem_sold(
    *, payment_id: UUID, customer_id: UUID, batch_id: UUID, given: Worth, parts: Sequence[Held]
) -> EntryDraft:
    """This function will return the entry of a sold voucher that is redeemed (J24): paid money of the customer.

    As a top-up does, it fills what was used beyond prepaid first, at what that is carried at (J51).
    """
    carried = Worth(given.minor, given.currency, sum(part.worth.base_minor for part in parts))
    return EntryDraft(
        rule="J24",
        subject_kind="payment",
        subject_id=payment_id,
        lines=(
            debit(VOUCHERS_SOLD, given, per=batch_id),
            *_wallet_lines(parts, customer_id, side="C"),
            *exchange_difference(given, carried, per=payment_id),
        ),
    )


def expire(*, customer_id: UUID, lot: Held) -> EntryDraft:
    """This function will return the entry of what is left of a lot when its last day is over (J25)."""
    other = PROMOTIONAL_CREDIT if lot.is_promotional else PAID_CREDIT_EXPIRED
    return EntryDraft(
        rule="J25",
        subject_kind="lot",
        subject_id=lot.per,
        lines=(*_wallet_lines([lot], customer_id, side="D"), credit(other, lot.worth, per=lot.per)),
    )


def undo_expiry(expired: EntryDraft, *, entry_id: UUID) -> EntryDraft:
    """This function will return the undo of J25, linked to its entry: what expired is in its lot again."""
    return replace(expired, rule="J25", lines=mirror(expired.lines), reverses_id=entry_id)


def _base_of(whole: Worth, parts: Sequence[Held], tax: Taxed | None) -> Worth:
    """The whole amount at what its parts and the tax are carried at."""
    base = sum(part.worth.base_minor for part in parts) + (tax.worth.base_minor if tax else 0)
    return Worth(whole.minor, whole.currency, base)


def _tax_lines(tax: Taxed | None, *, side: str) -> tuple[Line, ...]:
    if tax is None or not tax.worth.minor:
        return ()
    return (_MAKE[side](OUTPUT_TAX, tax.worth, per=tax.rate_id),)


def _together(parts: Sequence[Held]) -> Worth:
    worths = [part.worth for part in parts]
    return Worth(sum(each.minor for each in worths), worths[0].currency, sum(each.base_minor for each in worths))


def _wallet_lines(parts: Sequence[Held], customer_id: UUID, *, side: str) -> tuple[Line, ...]:
    """What moves in the wallet, each part on the account of its kind."""
    return tuple(
        _MAKE[side](
            WALLET_PROMOTIONAL if part.is_promotional else WALLET_PAID,
            part.worth,
            customer_id=customer_id,
            per=part.per,
        )
        for part in parts
    )


def _revenue_lines(bought: Bought, *, side: str) -> tuple[Line, ...]:
    make = _MAKE[side]
    net = (make(REVENUE_CHARGES, bought.net, per=bought.charge_id),) if bought.net.minor else ()
    tax = (make(OUTPUT_TAX, bought.tax, per=bought.tax_rate_id),) if bought.tax.minor else ()
    return (*net, *tax)
