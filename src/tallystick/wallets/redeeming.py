"""Redeeming vouchers: who may redeem which, what it gives, and how often somebody may mistype (B14, B17; model 21)."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict
from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import execute, fetch, fetch_one
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import VOUCHERS_SOLD
from tallystick.ledger.queries import carried_part
from tallystick.money.rounding import half_up
from tallystick.payments import charges as payments
from tallystick.payments.states import VOUCHER
from tallystick.wallets import posting_rules, voucher_codes
from tallystick.wallets.models import Redemption, VoucherBatch, WrongCode
from tallystick.wallets.operations import WalletRow, grant, locked, open_paid, paid_in

# So many wrong numbers within so long, and the customer waits until the first of them is that long ago.
MOST_WRONG: Final = 5
HELD_FOR: Final = timedelta(hours=1)

# The voucher is locked against a second use, its batch against being deactivated meanwhile.
_VOUCHER: Final = """
SELECT voucher.id, voucher.number, voucher.uses_left, voucher.batch_id, batch.number AS batch_number, batch.name,
    batch.is_sold, batch.gives, batch.currency, batch.amount_minor, batch.multiplier, batch.minimum_topup_minor,
    batch.uses_per_voucher, batch.uses_per_customer, batch.valid_from, batch.valid_until, batch.lifetime_days,
    batch.created_at, batch.sold_at, batch.deactivated_at
FROM wallets_voucher voucher JOIN wallets_voucherbatch batch ON batch.id = voucher.batch_id
WHERE voucher.code_sha256 = %s FOR UPDATE OF voucher FOR SHARE OF batch
"""
_USE: Final = "UPDATE wallets_voucher SET uses_left = uses_left - 1 WHERE id = %s"
_USES: Final = "SELECT count(*) AS uses FROM wallets_redemption WHERE batch_id = %s AND wallet_id = %s"
_FOR_WHOM: Final = """
SELECT count(*) AS named, count(*) FILTER (WHERE customer_id = %s) AS own
FROM wallets_voucherbatchcustomer WHERE batch_id = %s
"""
# The newest top-up since the vouchers are valid that no bonus was added to.
_TOPUP: Final = """
SELECT lot.id, lot.amount_minor, lot.opened_at FROM wallets_lot lot
WHERE lot.wallet_id = %s AND lot.allocation_id IS NOT NULL AND lot.taken_back_at IS NULL AND lot.amount_minor >= %s
    AND NOT EXISTS (SELECT FROM wallets_redemption redemption WHERE redemption.topup_id = lot.id)
ORDER BY lot.opened_at DESC, lot.id DESC LIMIT 1
"""
_WRONG: Final = "SELECT at FROM wallets_wrongcode WHERE customer_id = %s AND at > %s ORDER BY at"


@dataclass(kw_only=True, eq=False)
class VoucherUnknown(Conflict):
    """No voucher has this number. The number is not carried, so that nothing can show it."""

    code: ClassVar[str] = "voucher_unknown"
    sentence: ClassVar[str] = (
        "There is no voucher with this number. Check it and try again. Tries left before an hour of waiting: "
        "{tries_left}."
    )
    field: ClassVar[str | None] = "number"

    tries_left: int


@dataclass(kw_only=True, eq=False)
class VoucherHeldBack(Conflict):
    """Too many wrong numbers were tried for this customer."""

    code: ClassVar[str] = "voucher_held_back"
    sentence: ClassVar[str] = "Too many numbers were wrong. Try again in {minutes} minutes."
    field: ClassVar[str | None] = "number"

    minutes: int


@dataclass(kw_only=True, eq=False)
class VoucherUsed(Conflict):
    """It was redeemed as often as it can be."""

    code: ClassVar[str] = "voucher_used"
    sentence: ClassVar[str] = "This voucher was redeemed before."
    field: ClassVar[str | None] = "number"


@dataclass(kw_only=True, eq=False)
class VoucherNotActive(Conflict):
    """Its batch was deactivated, or not sold yet."""

    code: ClassVar[str] = "voucher_not_active"
    sentence: ClassVar[str] = "This voucher is not active. Ask whoever gave it to you."
    field: ClassVar[str | None] = "number"


@dataclass(kw_only=True, eq=False)
class VoucherNotInTime(Conflict):
    """Today is before its first day, or after its last one."""

    code: ClassVar[str] = "voucher_not_in_time"
    sentence: ClassVar[str] = "This voucher can be redeemed {days} only."
    field: ClassVar[str | None] = "number"

    # "from 2026-03-01", "until 2026-03-31", or both.
    days: str


@dataclass(kw_only=True, eq=False)
class VoucherOfOtherCurrency(Conflict):
    """It gives money of another currency."""

    code: ClassVar[str] = "voucher_of_other_currency"
    sentence: ClassVar[str] = "This voucher is one in {currency}. Choose that currency."
    field: ClassVar[str | None] = "currency"

    currency: str


@dataclass(kw_only=True, eq=False)
class VoucherNotForYou(Conflict):
    """Its batch names the customers whom it is for, and this is none of them."""

    code: ClassVar[str] = "voucher_not_for_customer"
    sentence: ClassVar[str] = "This voucher is for another customer."
    field: ClassVar[str | None] = "number"


@dataclass(kw_only=True, eq=False)
class VoucherLimitReached(Conflict):
    """The customer redeemed as many of its batch as one customer may."""

    code: ClassVar[str] = "voucher_limit_reached"
    sentence: ClassVar[str] = "One customer may redeem {limit} of these vouchers, and did."
    field: ClassVar[str | None] = "number"

    limit: int


@dataclass(kw_only=True, eq=False)
class VoucherNeedsTopup(Conflict):
    """It adds to a top-up, and there is none that is large enough and has no bonus yet."""

    code: ClassVar[str] = "voucher_needs_topup"
    sentence: ClassVar[str] = (
        "This voucher adds to a top-up of at least {minimum_minor} that no other voucher was added to. "
        "Top up first, then redeem it."
    )
    field: ClassVar[str | None] = "number"

    minimum_minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class _Gift:
    """What a voucher gives now, in minor units, and the top-up that it adds to."""

    minor: int
    topup_id: UUID | None


@needs_transaction
def redeem(*, customer_id: UUID, currency: str, typed: str, day: date, by: str, at: datetime) -> UUID:
    """This function will redeem a voucher for a customer, and return the id of its payment, of kind `voucher`.

    Promotional credit is J23, money of a sold voucher J24; the lot can be used as long as the batch says.

    Raises:
        VoucherHeldBack: when too many numbers were wrong before.
        VoucherUnknown: when there is no such voucher; the caller writes that down (`note_wrong`).
        VoucherNotActive, VoucherNotInTime, VoucherOfOtherCurrency, VoucherNotForYou, VoucherUsed, VoucherLimitReached,
            VoucherNeedsTopup: as the names say.
        NoExchangeRate: when the currency has no rate on that day.
    """
    # Two redemptions of one customer follow one another: the second sees what the first took.
    wallet = locked(customer_id, currency)
    wrong = _wrong_before(customer_id, at)
    found = fetch_one(_VOUCHER, [voucher_codes.digest(voucher_codes.read(typed))])
    if found is None:
        raise VoucherUnknown(tries_left=MOST_WRONG - 1 - wrong)
    use_by_customer = _require_redeemable(found, wallet, day=day)
    gift = _gift(found, wallet)
    source = f"{found['name']} {found['batch_number']}-{found['number']}"
    expires = None if found["lifetime_days"] is None else day + timedelta(days=found["lifetime_days"])
    payment_id = payments.record(
        customer_id=customer_id,
        total_minor=gift.minor,
        currency=currency,
        description=found["name"],
        private_text="",
        reference=f"{found['batch_number']}-{found['number']}",
        day=day,
        by=by,
        at=at,
        kind=VOUCHER,
    )
    if found["is_sold"]:
        lot_id = _pay_in(payment_id, found, wallet, source=source, expires_date=expires, day=day, at=at)
    else:
        lot_id = grant(
            customer_id=customer_id,
            currency=currency,
            amount_minor=gift.minor,
            source=source,
            expires_date=expires,
            day=day,
            at=at,
        )
    execute(_USE, [found["id"]])
    Redemption.objects.create(
        payment_id=payment_id,
        voucher_id=found["id"],
        batch_id=found["batch_id"],
        wallet=wallet,
        lot_id=lot_id,
        topup_id=gift.topup_id,
        use_of_voucher=found["uses_per_voucher"] - found["uses_left"] + 1,
        use_by_customer=use_by_customer,
        uses_per_voucher=found["uses_per_voucher"],
        uses_per_customer=found["uses_per_customer"],
    )
    return payment_id


@needs_transaction
def note_wrong(customer_id: UUID, *, by: str, at: datetime) -> None:
    """This function will write down that a number was wrong, for `redeem` to count. The number itself is not kept."""
    WrongCode.objects.create(customer_id=customer_id, at=at, by=by)


def _wrong_before(customer_id: UUID, at: datetime) -> int:
    """How many numbers were wrong within the last hour.

    Raises:
        VoucherHeldBack: when they were too many.
    """
    wrong = [row["at"] for row in fetch(_WRONG, [customer_id, at - HELD_FOR])]
    if len(wrong) >= MOST_WRONG:
        left = wrong[-MOST_WRONG] + HELD_FOR - at
        raise VoucherHeldBack(minutes=math.ceil(left / timedelta(minutes=1)))
    return len(wrong)


def _require_redeemable(found: dict[str, Any], wallet: WalletRow, *, day: date) -> int:
    """Which use of its batch it would be by this customer, from 1."""
    if found["deactivated_at"] is not None or (found["is_sold"] and found["sold_at"] is None):
        raise VoucherNotActive
    first, last = found["valid_from"], found["valid_until"]
    if (first and day < first) or (last and day > last):
        days = [
            _("from %(day)s") % {"day": first.isoformat()} if first else "",
            _("until %(day)s") % {"day": last.isoformat()} if last else "",
        ]
        raise VoucherNotInTime(days=" ".join(each for each in days if each))
    if found["currency"] != wallet.currency:
        raise VoucherOfOtherCurrency(currency=found["currency"])
    whose = fetch_one(_FOR_WHOM, [wallet.customer_id, found["batch_id"]])
    if whose is None or (whose["named"] and not whose["own"]):
        raise VoucherNotForYou
    if found["uses_left"] == 0:
        raise VoucherUsed
    counted = fetch_one(_USES, [found["batch_id"], wallet.id])
    uses: int = counted["uses"] if counted else 0
    if found["uses_per_customer"] is not None and uses >= found["uses_per_customer"]:
        raise VoucherLimitReached(limit=found["uses_per_customer"])
    return uses + 1


def _gift(found: dict[str, Any], wallet: WalletRow) -> _Gift:
    if found["gives"] == VoucherBatch.Gives.FREE:
        return _Gift(minor=found["amount_minor"], topup_id=None)
    topup = fetch_one(_TOPUP, [wallet.id, found["minimum_topup_minor"]])
    since: date = found["valid_from"] or local_date(found["created_at"])
    if topup is not None and local_date(topup["opened_at"]) >= since:
        minor: int = found["amount_minor"]
        if found["gives"] == VoucherBatch.Gives.MULTIPLIER:
            minor = _multiplied(topup["amount_minor"], found["multiplier"], found["amount_minor"])
        # A small part of the smallest top-up may round to nothing.
        if minor:
            return _Gift(minor=minor, topup_id=topup["id"])
    raise VoucherNeedsTopup(minimum_minor=max(found["minimum_topup_minor"], 1), currency=found["currency"])


def _multiplied(topup_minor: int, multiplier: Decimal, most_minor: int) -> int:
    """What a multiplier adds: the top-up was paid, the rest of its multiple is the bonus."""
    return min(half_up(topup_minor * (multiplier - 1)), most_minor)


def _pay_in(
    payment_id: UUID,
    found: dict[str, Any],
    wallet: WalletRow,
    *,
    source: str,
    expires_date: date | None,
    day: date,
    at: datetime,
) -> UUID:
    lot_id = new_id()
    given = carried_part(VOUCHERS_SOLD, found["batch_id"], found["amount_minor"], wallet.currency)
    draft = posting_rules.redeem_sold(
        payment_id=payment_id,
        customer_id=wallet.customer_id,
        batch_id=found["batch_id"],
        given=given,
        parts=paid_in(wallet, lot_id, given),
    )
    ledger.post([draft], effective_date=day, at=at)
    open_paid(wallet, lot_id, found["amount_minor"], source=source, expires_date=expires_date, at=at)
    return lot_id
