"""Reading batches of vouchers, and what was redeemed of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tallystick.foundation import sealing
from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch, fetch_for
from tallystick.wallets import voucher_codes
from tallystick.wallets.models import Redemption, VoucherBatch, VoucherBatchCustomer
from tallystick.wallets.vouchers import BatchDeactivated

# All but the secret.
_FIELDS: Final = (
    *("id", "number", "name", "remark", "is_sold", "reseller", "gives", "currency", "amount_minor", "multiplier"),
    *("minimum_topup_minor", "quantity", "code_alphabet", "code_length", "uses_per_voucher", "uses_per_customer"),
    *("valid_from", "valid_until", "lifetime_days", "created_at", "created_by", "sold_at", "sold_date", "sold_method"),
    "deactivated_at",
)
_REDEMPTION_FIELDS: Final = (
    *("payment_id", "batch_id", "lot_id", "topup_id", "voucher__number", "batch__number", "batch__name"),
    *("batch__is_sold", "payment__customer_id", "payment__customer__name", "payment__currency"),
    *("payment__total_minor", "payment__received_date", "payment__created_at", "lot__left_minor", "lot__expires_date"),
)
_REDEEMED: Final = """
SELECT redemption.batch_id, count(*) AS uses, sum(payment.total_minor)::bigint AS minor
FROM wallets_redemption redemption JOIN payments_payment payment ON payment.id = redemption.payment_id
WHERE redemption.batch_id = ANY(%s) GROUP BY redemption.batch_id
"""
_VOUCHERS: Final = "SELECT number, uses_left FROM wallets_voucher WHERE batch_id = %s ORDER BY number"

# The states of a batch, as they follow from its row on a day.
UNSOLD: Final = "unsold"
ACTIVE: Final = "active"
WAITING: Final = "waiting"
ENDED: Final = "ended"
DEACTIVATED: Final = "deactivated"


@dataclass(frozen=True, kw_only=True)
class CodeFacts:
    """A voucher with its code, written in groups."""

    number: int
    code: str
    uses_left: int


def batch(batch_id: UUID) -> dict[str, Any]:
    """This function will return the columns of a batch, all but its secret.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = VoucherBatch.objects.filter(id=batch_id).values(*_FIELDS).first()
    if row is None:
        raise NotFound(kind="voucher batch")
    return row


def batches_page(*, search: str = "", cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of batches, the newest first; `search` is a part of the name or the number."""
    rows = VoucherBatch.objects.all()
    if search:
        rows = rows.filter(name__icontains=search) | rows.filter(number__iexact=search)
    # Ids grow with time (decision 0005).
    return page(rows.values(*_FIELDS), order=("-id",), cursor=cursor, limit=limit)


def customers_of(batch_ids: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """This function will return for whom batches are, by id and name; a batch without any is for everybody."""
    by_batch: dict[UUID, list[tuple[UUID, str]]] = {batch_id: [] for batch_id in batch_ids}
    rows = VoucherBatchCustomer.objects.filter(batch_id__in=list(by_batch)).order_by("customer__name", "id")
    for batch_id, customer_id, name in rows.values_list("batch_id", "customer_id", "customer__name"):
        by_batch[batch_id].append((customer_id, name))
    return by_batch


def redeemed_of(batch_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """This function will return how often vouchers of batches were redeemed, and how much that gave in minor units."""
    ids = list(batch_ids)
    found = {row["batch_id"]: (row["uses"], row["minor"]) for row in fetch_for(_REDEEMED, ids)}
    return {batch_id: found.get(batch_id, (0, 0)) for batch_id in ids}


def redemptions_page(batch_id: UUID, *, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of what was redeemed of a batch, the newest first."""
    rows = Redemption.objects.filter(batch_id=batch_id).values(*_REDEMPTION_FIELDS)
    return page(rows, order=("-payment_id",), cursor=cursor, limit=limit)


def redemption(payment_id: UUID) -> dict[str, Any]:
    """This function will return what a payment of kind `voucher` redeemed.

    Raises:
        NotFound: when it is no such payment.
    """
    row: dict[str, Any] | None = Redemption.objects.filter(payment_id=payment_id).values(*_REDEMPTION_FIELDS).first()
    if row is None:
        raise NotFound(kind="redeemed voucher")
    return row


def codes(batch_id: UUID) -> Iterator[CodeFacts]:
    """This function will draw the codes of a batch again, in order.

    Raises:
        NotFound: when there is no such batch.
        BatchDeactivated: when its codes are gone.
        SealBroken: when the installation's key is another one.
    """
    row = VoucherBatch.objects.filter(id=batch_id).values("sealed_secret", "code_alphabet", "code_length").first()
    if row is None:
        raise NotFound(kind="voucher batch")
    if not row["sealed_secret"]:
        raise BatchDeactivated(batch_id=batch_id)
    secret = sealing.unseal(row["sealed_secret"])
    alphabet, length = row["code_alphabet"], row["code_length"]
    return (
        CodeFacts(
            number=each["number"],
            code=voucher_codes.grouped(voucher_codes.code(secret, each["number"], alphabet=alphabet, length=length)),
            uses_left=each["uses_left"],
        )
        for each in fetch(_VOUCHERS, [batch_id])
    )


def state_of(row: Mapping[str, Any], *, today: date) -> str:
    """This function will say whether vouchers of a batch can be redeemed on a day, or why not."""
    if row["deactivated_at"] is not None:
        return DEACTIVATED
    if row["is_sold"] and row["sold_at"] is None:
        return UNSOLD
    if row["valid_until"] is not None and today > row["valid_until"]:
        return ENDED
    return WAITING if row["valid_from"] is not None and today < row["valid_from"] else ACTIVE
