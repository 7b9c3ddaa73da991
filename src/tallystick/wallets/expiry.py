"""What nobody used in time leaves the wallet (J25): by the day, or because what it was a bonus on was taken back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from tallystick.foundation.months import months_after
from tallystick.foundation.rows import execute, fetch
from tallystick.foundation.settings_store import Setting
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import WALLET_PAID, WALLET_PROMOTIONAL
from tallystick.ledger.queries import carried_part, draft_of
from tallystick.wallets import posting_rules
from tallystick.wallets.posting_rules import Held

MOST_MONTHS: Final = 120
TOPUP_MONTHS: Final = Setting(
    "topup_expiry_months",
    0,
    "How many months what is paid of a top-up request can be used, where the request was written since: "
    f"0 to {MOST_MONTHS}, 0 for ever.",
    lambda value: type(value) is int and 0 <= value <= MOST_MONTHS,
)

# The wallets of the lots whose last day is over, the longest ago first; a few lots of each at least.
_OVERDUE: Final = """
SELECT DISTINCT wallet_id FROM (
    SELECT wallet_id FROM wallets_lot WHERE left_minor > 0 AND expires_date < %s ORDER BY expires_date, id LIMIT %s
) AS lot
"""
# Whoever moves prepaid money holds the customer, then the wallet; in the order of ids, so that two never wait for one
# another.
_HOLD: Final = """
SELECT id FROM customers_customer WHERE id IN (SELECT customer_id FROM wallets_wallet WHERE id = ANY(%s))
ORDER BY id FOR NO KEY UPDATE
"""
_LOCK: Final = "SELECT id FROM wallets_wallet WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_LOTS: Final = """
SELECT lot.id, lot.kind = 'promotional' AS is_promotional, lot.left_minor, wallet.customer_id, wallet.currency
FROM wallets_lot lot JOIN wallets_wallet wallet ON wallet.id = lot.wallet_id
"""
_DUE_OF: Final = (
    f"{_LOTS} WHERE lot.wallet_id = ANY(%s) AND lot.left_minor > 0 AND lot.expires_date < %s ORDER BY lot.id"
)
_ONE: Final = f"{_LOTS} WHERE lot.id = ANY(%s) AND lot.left_minor > 0"
_EXPIRED: Final = """
SELECT entry.id FROM ledger_journalentry entry
WHERE entry.subject_id = %s AND entry.rule = 'J25' AND entry.reverses_id IS NULL
    AND NOT EXISTS (SELECT FROM ledger_journalentry undo WHERE undo.reverses_id = entry.id)
ORDER BY entry.id
"""
_EXPIRE: Final = "UPDATE wallets_lot SET expired_minor = expired_minor + left_minor, left_minor = 0 WHERE id = ANY(%s)"
_UNDO: Final = (
    "UPDATE wallets_lot AS lot SET left_minor = lot.left_minor + lot.expired_minor, expired_minor = 0 "
    "FROM wallets_lot AS before WHERE lot.id = %s AND before.id = lot.id RETURNING before.expired_minor"
)


def last_day(paid_date: date, months: int | None) -> date | None:
    """This function will return the last day on which money can be used so many months after it came; None for ever."""
    return None if months is None else months_after(paid_date, months, day=paid_date.day)


@needs_transaction
def expire_some(*, day: date, at: datetime, limit: int) -> int:
    """This function will expire what is left of lots whose last day was before `day`, and return how many it found.

    What is expired is never found again; lots of about `limit` wallets are done at once.
    """
    wallets = [row["wallet_id"] for row in fetch(_OVERDUE, [day, limit])]
    if not wallets:
        return 0
    execute(_HOLD, [wallets])
    execute(_LOCK, [wallets])
    # Read under the locks: a purchase may have been faster.
    return _expire(_DUE_OF, [wallets, day], day=day, at=at)


@needs_transaction
def expire_lots(lot_ids: Sequence[UUID], *, day: date, at: datetime) -> int:
    """This function will expire what is left of lots whose wallet is locked, and return how many had anything left."""
    return _expire(_ONE, [list(lot_ids)], day=day, at=at)


@needs_transaction
def undo_expiry(lot_id: UUID, *, day: date, at: datetime) -> int:
    """This function will put back what expired of a lot whose wallet is locked (the mirror of J25), and return it.

    For a top-up whose payer took the money back: what expired of it was no income.
    """
    drafts = [posting_rules.undo_expiry(draft_of(row["id"]), entry_id=row["id"]) for row in fetch(_EXPIRED, [lot_id])]
    ledger.post_many(drafts, effective_date=day, at=at)
    (undone,) = fetch(_UNDO, [lot_id])
    back: int = undone["expired_minor"]
    return back


def _expire(query: str, values: Sequence[object], *, day: date, at: datetime) -> int:
    lots = fetch(query, values)
    drafts = [
        posting_rules.expire(
            customer_id=lot["customer_id"],
            lot=Held(
                per=lot["id"],
                is_promotional=lot["is_promotional"],
                worth=carried_part(
                    WALLET_PROMOTIONAL if lot["is_promotional"] else WALLET_PAID,
                    lot["id"],
                    lot["left_minor"],
                    lot["currency"],
                ),
            ),
        )
        for lot in lots
    ]
    if drafts:
        ledger.post_many(drafts, effective_date=day, at=at)
        execute(_EXPIRE, [[lot["id"] for lot in lots]])
    return len(lots)
