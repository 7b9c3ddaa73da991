"""Writing purchases on the account: what they draw, and what a credit gives back (J18, J19)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

import orjson
from django_integrity.conversion import Named, refine_integrity_error

from tallystick.catalog.queries import TaxRateFacts
from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.rows import execute, fetch, fetch_one
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import OUTPUT_TAX, REVENUE_CHARGES
from tallystick.ledger.entries import Worth
from tallystick.ledger.queries import base_currency, draft_of, entry_of
from tallystick.money.split import by_weights, pro_rata
from tallystick.payments import charges as payments
from tallystick.payments.operations import AmountNotAccepted
from tallystick.wallets import posting_rules
from tallystick.wallets.drawing import Part, draw, give_back, tax_of_credit, tax_within, taxed
from tallystick.wallets.operations import WalletRow, held, locked, take_over
from tallystick.wallets.posting_rules import Bought, Held
from tallystick.wallets.queries import lots_to_draw_from

# All that a purchase changes here, in one statement.
_WRITE: Final = """
WITH taken AS (
    SELECT * FROM jsonb_to_recordset(%(parts)s::jsonb) AS part (place int, lot_id uuid, minor bigint)
), lot AS (
    UPDATE wallets_lot SET left_minor = left_minor - taken.minor FROM taken WHERE wallets_lot.id = taken.lot_id
), wallet AS (
    UPDATE wallets_wallet SET beyond_minor = beyond_minor + taken.minor
    FROM taken WHERE wallets_wallet.id = %(wallet_id)s AND taken.lot_id IS NULL
), charge AS (
    INSERT INTO wallets_charge (payment_id, wallet_id, external_id, tax_rate_id, tax_percent, net_minor, tax_minor,
        credited_minor, credited_tax_minor)
    VALUES (%(charge_id)s, %(wallet_id)s, %(external_id)s, %(tax_rate_id)s, %(tax_percent)s, %(net_minor)s,
        %(tax_minor)s, 0, 0)
), used AS (
    INSERT INTO wallets_taxeduse (charge_id, wallet_id, used_date, gross_minor, tax_minor)
    SELECT %(charge_id)s, %(wallet_id)s, %(day)s, %(taxed_minor)s, %(tax_minor)s WHERE %(taxed_minor)s > 0
)
INSERT INTO wallets_draw (charge_id, wallet_id, lot_id, drawn_minor, returned_minor)
SELECT %(charge_id)s, %(wallet_id)s, lot_id, minor, 0 FROM taken ORDER BY place
"""
_CHARGE: Final = """
SELECT payment.customer_id, payment.currency, payment.total_minor, charge.tax_rate_id, charge.net_minor,
    charge.tax_minor, charge.credited_minor, charge.credited_tax_minor,
    (SELECT coalesce(sum(used.gross_minor), 0) FROM wallets_taxeduse used WHERE used.charge_id = charge.payment_id)
        ::bigint AS taxed_minor
FROM wallets_charge charge JOIN payments_payment payment ON payment.id = charge.payment_id
WHERE charge.payment_id = %s
"""
_DRAWS: Final = """
SELECT draw.id, draw.lot_id, coalesce(lot.kind, 'paid') = 'promotional' AS is_promotional,
    coalesce(lot.is_taxed, false) AS is_taxed, draw.drawn_minor, draw.returned_minor
FROM wallets_draw draw LEFT JOIN wallets_lot lot ON lot.id = draw.lot_id WHERE draw.charge_id = %s ORDER BY draw.id
"""
_RETURN: Final = """
WITH returned AS (
    SELECT * FROM jsonb_to_recordset(%(parts)s::jsonb) AS part (lot_id uuid, minor bigint)
), lot AS (
    UPDATE wallets_lot SET left_minor = left_minor + returned.minor FROM returned WHERE wallets_lot.id = returned.lot_id
), wallet AS (
    UPDATE wallets_wallet SET beyond_minor = beyond_minor - returned.minor
    FROM returned WHERE wallets_wallet.id = %(wallet_id)s AND returned.lot_id IS NULL
), charge AS (
    UPDATE wallets_charge SET credited_minor = credited_minor + %(gross_minor)s,
        credited_tax_minor = credited_tax_minor + %(tax_minor)s WHERE payment_id = %(charge_id)s
), used AS (
    INSERT INTO wallets_taxeduse (charge_id, wallet_id, used_date, gross_minor, tax_minor)
    SELECT %(charge_id)s, %(wallet_id)s, %(day)s, -%(taxed_minor)s, -%(tax_minor)s WHERE %(taxed_minor)s > 0
)
UPDATE wallets_draw SET returned_minor = returned_minor + returned.minor FROM returned
WHERE wallets_draw.charge_id = %(charge_id)s AND wallets_draw.lot_id IS NOT DISTINCT FROM returned.lot_id
"""
_LESS_LEFT: Final = "UPDATE wallets_lot SET left_minor = left_minor - %s WHERE id = %s"


@dataclass(kw_only=True, eq=False)
class ChargeReportedBefore(Conflict):
    """Each purchase is reported once, by the id that the reporting program gives it."""

    code: ClassVar[str] = "charge_reported_before"
    sentence: ClassVar[str] = "A charge with the external id “{external_id}” was reported before."
    field: ClassVar[str | None] = "external_id"

    external_id: str


@dataclass(kw_only=True, eq=False)
class ChargeOvercredited(Conflict):
    """More would be credited than is left of the purchase."""

    code: ClassVar[str] = "charge_overcredited"
    sentence: ClassVar[str] = "That is more than is left to credit of this purchase."
    field: ClassVar[str | None] = "amount_minor"

    charge_id: UUID
    left_minor: int
    currency: str


@dataclass(kw_only=True, eq=False)
class DebitLimitReached(Conflict):
    """The wallet and its debit limit do not cover the amount (`docs/model.md`, 19)."""

    code: ClassVar[str] = "debit_limit_reached"
    sentence: ClassVar[str] = "The wallet covers {available_minor} more, its limit included."
    field: ClassVar[str | None] = "total_minor"

    available_minor: int
    currency: str


@needs_transaction
def charge(
    *,
    customer_id: UUID,
    currency: str,
    total_minor: int,
    rate: TaxRateFacts,
    description: str,
    private_text: str,
    external_id: str,
    day: date,
    by: str,
    at: datetime,
) -> UUID:
    """This function will record a purchase and draw it from the wallet (J18); returns the id of its payment.

    `total_minor` is what the wallet is charged, with tax. It draws from lots by earliest expiry, promotional first on
    a tie; what they do not hold is used beyond prepaid, whatever the limit: the service is delivered.

    Raises:
        AmountNotAccepted: when the total is not above 0, or beyond all measure.
        ChargeReportedBefore: when there is a charge with this external id.
        NoExchangeRate: when the currency has no rate on that day.
    """
    wallet = locked(customer_id, currency)
    charge_id = payments.record(
        customer_id=customer_id,
        total_minor=total_minor,
        currency=currency,
        description=description,
        private_text=private_text,
        reference=external_id,
        day=day,
        by=by,
        at=at,
    )
    parts = draw(total_minor, lots_to_draw_from(wallet.id, day=day))
    tax = tax_within(taxed(parts), rate.percent)
    drawn = [held(wallet, part, day=day) for part in parts]
    base = sum(each.worth.base_minor for each in drawn)
    tax_base = pro_rata(base, tax, total_minor)
    bought = Bought(
        charge_id=charge_id,
        customer_id=customer_id,
        tax_rate_id=rate.id,
        parts=drawn,
        net=Worth(total_minor - tax, currency, base - tax_base),
        tax=Worth(tax, currency, tax_base),
    )
    ledger.post([posting_rules.charge(bought)], effective_date=day, at=at)
    written = {
        "parts": _json(parts),
        "charge_id": charge_id,
        "wallet_id": wallet.id,
        "external_id": external_id or None,
        "tax_rate_id": rate.id,
        "tax_percent": rate.percent,
        "net_minor": total_minor - tax,
        "tax_minor": tax,
        "taxed_minor": taxed(parts),
        "day": day,
    }
    with refine_integrity_error(
        [(Named("each_charge_is_reported_once"), ChargeReportedBefore(external_id=external_id))]
    ):
        execute(_WRITE, written)
    return charge_id


@needs_transaction
def credit(charge_id: UUID, amount_minor: int | None, *, day: date, at: datetime) -> int:
    """This function will credit a purchase, in part or (without an amount) all that is left of it (J19).

    It goes back into the lots it came from, what was drawn last first. When the wallet is used beyond what is prepaid,
    what comes back into paid lots fills it. Returns what was credited, in minor units.

    Raises:
        NotFound: when there is no such charge.
        AmountNotAccepted: when the amount is not above 0.
        ChargeOvercredited: when more would be credited than is left.
    """
    found = fetch_one(_CHARGE, [charge_id])
    if found is None:
        raise NotFound(kind="charge")
    wallet = locked(found["customer_id"], found["currency"])
    # Read under the wallet's lock: another credit may have been faster.
    row = fetch_one(_CHARGE, [charge_id]) or found
    left = row["total_minor"] - row["credited_minor"]
    amount = left if amount_minor is None else amount_minor
    if amount > left or left == 0:
        raise ChargeOvercredited(charge_id=charge_id, left_minor=left, currency=row["currency"])
    if amount <= 0:
        raise AmountNotAccepted
    draws = fetch(_DRAWS, [charge_id])
    parts = give_back(amount, [_part(each, each["drawn_minor"] - each["returned_minor"]) for each in draws])
    tax_left = row["tax_minor"] - row["credited_tax_minor"]
    tax = tax_of_credit(
        tax_minor=row["tax_minor"],
        taxed_minor=taxed(_part(each, each["drawn_minor"]) for each in draws),
        returned_minor=taxed(parts),
        before_minor=taxed(_part(each, each["returned_minor"]) for each in draws),
    )
    # When a lost dispute took a top-up that was taxed, other money stands for what it paid: the whole stays the whole.
    tax = min(tax_left if amount == left else min(tax, tax_left), amount)
    returned = {
        "parts": _json(parts),
        "charge_id": charge_id,
        "wallet_id": wallet.id,
        "gross_minor": amount,
        "tax_minor": tax,
        # Not more than was taxed: of that, too, the whole stays the whole.
        "taxed_minor": row["taxed_minor"] if amount == left else min(taxed(parts), row["taxed_minor"]),
        "day": day,
    }
    execute(_RETURN, returned)
    wallet.beyond_minor -= sum(part.minor for part in parts if part.lot_id is None)
    filled = _fill(wallet, parts)
    bought = _credited(charge_id, row, wallet, filled, amount=amount, tax=tax)
    ledger.post([posting_rules.credit_charge(bought)], effective_date=day, at=at)
    return amount


def _fill(wallet: WalletRow, parts: Sequence[Part]) -> list[Part]:
    """Let what came back into paid lots fill the wallet; returns where the money is in the end."""
    kept: list[Part] = []
    for part in parts:
        # What was used beyond prepaid was taxed on use: only money whose tax is due on use stands for it.
        stays = part.lot_id is None or part.is_promotional or part.is_taxed
        minor = 0 if stays else min(part.minor, wallet.beyond_minor)
        if part.lot_id is not None and minor:
            execute(_LESS_LEFT, [minor, part.lot_id])
            take_over(wallet, part.lot_id, minor)
            kept.append(Part(lot_id=None, is_promotional=False, minor=minor))
        if part.minor > minor:
            kept.append(replace(part, minor=part.minor - minor))
    return kept


def _credited(
    charge_id: UUID, row: dict[str, Any], wallet: WalletRow, parts: Sequence[Part], *, amount: int, tax: int
) -> Bought:
    """A credit as the books see it: each side gives back the base amount that the charge took, pro rata."""
    currency = row["currency"]
    base, tax_base = amount, tax
    if currency != base_currency():
        whole, whole_tax = _bases(charge_id)
        before, before_tax = row["credited_minor"], row["credited_tax_minor"]
        base = _between(whole, before, before + amount, row["total_minor"])
        tax_base = min(_between(whole_tax, before_tax, before_tax + tax, row["tax_minor"]), base)
        if tax == amount:
            # There is no net amount to carry the rest of a rounding.
            tax_base = base
    shares = by_weights(base, [part.minor for part in parts])
    return Bought(
        charge_id=charge_id,
        customer_id=row["customer_id"],
        tax_rate_id=row["tax_rate_id"],
        parts=[
            Held(
                per=part.lot_id or wallet.id,
                is_promotional=part.is_promotional,
                worth=Worth(part.minor, currency, share),
            )
            for part, share in zip(parts, shares, strict=True)
        ],
        net=Worth(amount - tax, currency, base - tax_base),
        tax=Worth(tax, currency, tax_base),
    )


def _bases(charge_id: UUID) -> tuple[int, int]:
    """What a charge moved in base currency, and how much of that was tax."""
    entry_id = entry_of(charge_id, "J18")
    if entry_id is None:
        raise AssertionError(charge_id)  # a charge is above 0, so that it posted
    lines = draft_of(entry_id).lines
    revenue = sum(line.worth.base_minor for line in lines if line.account in {REVENUE_CHARGES, OUTPUT_TAX})
    return revenue, sum(line.worth.base_minor for line in lines if line.account is OUTPUT_TAX)


def _between(whole: int, before: int, after: int, of: int) -> int:
    return pro_rata(whole, after, of) - pro_rata(whole, before, of) if of else 0


def _part(row: dict[str, Any], minor: int) -> Part:
    return Part(lot_id=row["lot_id"], is_promotional=row["is_promotional"], minor=minor, is_taxed=row["is_taxed"])


def _json(parts: Sequence[Part]) -> str:
    rows = [{"place": place, "lot_id": part.lot_id, "minor": part.minor} for place, part in enumerate(parts)]
    return orjson.dumps(rows).decode()
