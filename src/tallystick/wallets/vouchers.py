"""Writing batches of vouchers: made, sold, deactivated. Redeeming one is in `redeeming`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Final
from uuid import UUID

from tallystick.customers.queries import customer_row
from tallystick.foundation import numbering, sealing
from tallystick.foundation.errors import Conflict, InvalidField, NotFound
from tallystick.foundation.rows import columns, copy_in, instances
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.queries import rate_on, worth_at
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.payments.posting_rules import GATEWAY, MONEY_IN
from tallystick.wallets import posting_rules, voucher_codes
from tallystick.wallets.models import VoucherBatch, VoucherBatchCustomer

LONGEST_NAME: Final = 80
MOST_VOUCHERS: Final = 10_000
MOST_USES: Final = 1_000_000
MOST_CUSTOMERS: Final = 1_000
MOST_DAYS: Final = 3_660
LARGEST_MULTIPLIER: Final = 100

_LOCKED: Final = f"SELECT {columns(VoucherBatch)} FROM wallets_voucherbatch WHERE id = %s FOR UPDATE"  # noqa: S608 - our own columns


@dataclass(frozen=True, kw_only=True)
class BatchTerms:
    """What the vouchers of a batch are. Amounts are minor units of its currency; both days of validity are included.

    `amount_minor` is what a free voucher gives and an additional one adds; of a multiplier the most that it adds.
    """

    name: str
    currency: str
    quantity: int
    amount_minor: int
    gives: str = VoucherBatch.Gives.FREE
    multiplier: Decimal | None = None
    minimum_topup_minor: int = 0
    is_sold: bool = False
    reseller: str = ""
    remark: str = ""
    code_alphabet: str = voucher_codes.LETTERS
    code_length: int = 20
    uses_per_voucher: int = 1
    uses_per_customer: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    lifetime_days: int | None = None
    # None of them is everybody.
    customer_ids: Collection[UUID] = ()


@dataclass(kw_only=True, eq=False)
class BatchNotSellable(Conflict):
    """Only a live batch that is made to be sold is sold, and once."""

    code: ClassVar[str] = "voucher_batch_not_sellable"
    sentence: ClassVar[str] = "The sale of this batch cannot be recorded: it is promotional, sold already, or ended."

    batch_id: UUID


@dataclass(kw_only=True, eq=False)
class BatchDeactivated(Conflict):
    """Its vouchers were made worthless before, and its codes are gone."""

    code: ClassVar[str] = "voucher_batch_deactivated"
    sentence: ClassVar[str] = "This batch was deactivated: its vouchers are worth nothing, and its codes are gone."

    batch_id: UUID


@needs_transaction
def create_batch(terms: BatchTerms, *, by: str, at: datetime) -> UUID:
    """This function will make a batch with all its vouchers, and return its id. Nothing posts (J01).

    Raises:
        InvalidField: when its terms do not go together.
        NotFound: when one of its customers does not exist.
    """
    _check(terms)
    secret = voucher_codes.new_secret()
    batch = VoucherBatch(
        number=f"VB-{numbering.take('voucher_batch'):05}",
        sealed_secret=sealing.seal(secret),
        created_at=at,
        created_by=by,
        **{name: value for name, value in vars(terms).items() if name != "customer_ids"},
    )
    batch.save(force_insert=True)
    owners = [customer_row(customer_id).id for customer_id in sorted(set(terms.customer_ids))]
    VoucherBatchCustomer.objects.bulk_create(VoucherBatchCustomer(batch=batch, customer_id=each) for each in owners)
    rows = (
        (batch.id, number, _digest(secret, number, terms), terms.uses_per_voucher)
        for number in range(1, terms.quantity + 1)
    )
    copy_in("wallets_voucher", ("batch_id", "number", "code_sha256", "uses_left"), rows)
    return batch.id


@needs_transaction
def sell_batch(batch_id: UUID, *, method: str, received_date: date, at: datetime) -> int:
    """This function will book what a reseller paid for a batch (J24): its vouchers can be redeemed from now on.

    A batch is sold at what its vouchers give: a reseller's commission is a bill of theirs. Returns the amount.

    Raises:
        NotFound: when there is no such batch.
        BatchNotSellable: when it is not made to be sold, was sold, or was deactivated.
        InvalidField: when the money cannot have come like that.
        NoExchangeRate: when the currency has no rate on that day.
    """
    batch = locked_batch(batch_id)
    if not batch.is_sold or batch.sold_at is not None or batch.deactivated_at is not None:
        raise BatchNotSellable(batch_id=batch_id)
    if method not in MONEY_IN or method == GATEWAY:
        raise InvalidField(name="method", reason="Money for vouchers comes outside of any payment service.")
    total = batch.quantity * batch.amount_minor
    worth = worth_at(total, batch.currency, rate_on(batch.currency, received_date))
    draft = posting_rules.sell_vouchers(batch_id=batch.id, money_in=MONEY_IN[method], worth=worth)
    ledger.post([draft], effective_date=received_date, at=at)
    batch.sold_at, batch.sold_date, batch.sold_method = at, received_date, method
    batch.save(update_fields=["sold_at", "sold_date", "sold_method"])
    return total


@needs_transaction
def deactivate_batch(batch_id: UUID, *, at: datetime) -> None:
    """This function will make what is left of a batch worthless, and forget its codes. What was redeemed stays.

    What a reseller paid for stays a liability in 2220: nobody has given it up.

    Raises:
        NotFound: when there is no such batch.
        BatchDeactivated: when it was deactivated before.
    """
    batch = locked_batch(batch_id)
    if batch.deactivated_at is not None:
        raise BatchDeactivated(batch_id=batch_id)
    batch.deactivated_at, batch.sealed_secret = at, ""
    batch.save(update_fields=["deactivated_at", "sealed_secret"])


@needs_transaction
def locked_batch(batch_id: UUID) -> VoucherBatch:
    """This function will lock a batch until the transaction ends.

    Raises:
        NotFound: when there is none.
    """
    found = instances(VoucherBatch, _LOCKED, [batch_id])
    if not found:
        raise NotFound(kind="voucher batch")
    return found[0]


def _digest(secret: str, number: int, terms: BatchTerms) -> bytes:
    drawn = voucher_codes.code(secret, number, alphabet=terms.code_alphabet, length=terms.code_length)
    return voucher_codes.digest(drawn)


def _check(terms: BatchTerms) -> None:
    if not terms.name.strip() or len(terms.name) > LONGEST_NAME:
        reason = f"Customers read the name with what they get: enter one of at most {LONGEST_NAME} characters."
        raise InvalidField(name="name", reason=reason)
    _check_money(terms)
    _check_codes(terms)
    _whole("quantity", terms.quantity, MOST_VOUCHERS)
    _whole("uses_per_voucher", terms.uses_per_voucher, MOST_USES)
    _whole("uses_per_customer", terms.uses_per_customer, MOST_USES)
    _whole("lifetime_days", terms.lifetime_days, MOST_DAYS)
    if len(set(terms.customer_ids)) > MOST_CUSTOMERS:
        raise InvalidField(
            name="customers", reason=f"Name at most {MOST_CUSTOMERS} customers, or nobody for everybody."
        )
    if terms.valid_from and terms.valid_until and terms.valid_until < terms.valid_from:
        raise InvalidField(name="valid_until", reason="The last day comes before the first one.")
    if not terms.is_sold:
        return
    if terms.gives != VoucherBatch.Gives.FREE or terms.uses_per_voucher != 1:
        raise InvalidField(name="gives", reason="Sold vouchers are worth an amount of their own, once each.")
    if not terms.reseller.strip():
        raise InvalidField(name="reseller", reason="Say who buys these vouchers.")


def _check_money(terms: BatchTerms) -> None:
    kinds = VoucherBatch.Gives
    if terms.gives not in kinds.values:
        raise InvalidField(name="gives", reason=f"A voucher gives one of: {', '.join(kinds.values)}.")
    if terms.gives == kinds.MULTIPLIER:
        if terms.multiplier is None or not 1 < terms.multiplier <= LARGEST_MULTIPLIER:
            reason = f"Enter by what a top-up is multiplied: above 1, at most {LARGEST_MULTIPLIER}."
            raise InvalidField(name="multiplier", reason=reason)
    elif terms.multiplier is not None:
        raise InvalidField(name="multiplier", reason="Only a multiplier multiplies.")
    if not 0 < terms.amount_minor * terms.quantity <= LARGEST_MINOR:
        raise InvalidField(name="amount_minor", reason="Enter an amount above 0.")
    if terms.minimum_topup_minor and terms.gives == kinds.FREE:
        raise InvalidField(name="minimum_topup_minor", reason="A free voucher needs no top-up.")
    if not 0 <= terms.minimum_topup_minor <= LARGEST_MINOR:
        raise InvalidField(name="minimum_topup_minor", reason="Enter 0 or more.")


def _check_codes(terms: BatchTerms) -> None:
    shortest = voucher_codes.SHORTEST.get(terms.code_alphabet)
    if shortest is None:
        reason = f"Codes are written in one of: {', '.join(voucher_codes.ALPHABETS)}."
        raise InvalidField(name="code_alphabet", reason=reason)
    if not shortest <= terms.code_length <= voucher_codes.LONGEST:
        reason = f"Such a code cannot be guessed with {shortest} to {voucher_codes.LONGEST} characters."
        raise InvalidField(name="code_length", reason=reason)


def _whole(name: str, value: int | None, most: int) -> None:
    if value is not None and not 0 < value <= most:
        raise InvalidField(name=name, reason=f"Enter a number from 1 to {most}.")
