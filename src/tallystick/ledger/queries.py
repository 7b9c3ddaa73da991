"""Reading the books: what a customer owes and has (`standings`), entries, rates, what an object carries in base."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Case, F, Q, Sum, When

from tallystick.foundation import settings_store
from tallystick.foundation.business import BASE_CURRENCY
from tallystick.foundation.errors import Conflict
from tallystick.foundation.rows import fetch, fetch_for, fetch_one
from tallystick.ledger.accounts import (
    CHART,
    CUSTOMER_CREDIT,
    DEBIT,
    RECEIVABLES,
    WALLET_PAID,
    WALLET_PROMOTIONAL,
    Account,
)
from tallystick.ledger.entries import EntryDraft, Line, Worth
from tallystick.ledger.models import (
    BalanceDelta,
    ControlBalance,
    CustomerBalance,
    ExchangeRate,
    JournalEntry,
    PeriodAct,
    Posting,
)
from tallystick.money.rounding import convert
from tallystick.money.split import pro_rata

# Two searches, each by its own index: with OR between them the server would read all entries that there are.
_ENTRIES_ABOUT = """
WITH about AS (
    SELECT id FROM ledger_journalentry WHERE subject_id = ANY(%(ids)s)
    UNION
    SELECT entry_id FROM ledger_posting WHERE object_id = ANY(%(ids)s)
)
SELECT id, rule, effective_date, recorded_at, reverses_id, rate, rate_source
FROM ledger_journalentry JOIN about USING (id) ORDER BY recorded_at, id
"""
_POSTINGS_OF = (
    "SELECT entry_id, account, side, amount_minor, currency, base_minor FROM ledger_posting "
    "WHERE entry_id = ANY(%s) ORDER BY id"
)
_RATED_ON = (
    "SELECT DISTINCT currency FROM ledger_exchangerate WHERE currency <> %s AND valid_from <= %s ORDER BY currency"
)
_RATED = "SELECT DISTINCT currency FROM ledger_exchangerate WHERE currency <> %s ORDER BY currency"
_BALANCES = "SELECT currency, account, balance_minor FROM ledger_customerbalance WHERE customer_id = %s"

_SIGNED = Case(When(side=DEBIT, then=F("amount_minor")), default=-F("amount_minor"))
_SIGNED_BASE = Case(When(side=DEBIT, then=F("base_minor")), default=-F("base_minor"))


@dataclass(kw_only=True, eq=False)
class NoExchangeRate(Conflict):
    """An amount in another currency cannot be posted without its rate."""

    code: ClassVar[str] = "no_exchange_rate"
    sentence: ClassVar[str] = (
        "There is no exchange rate from {currency} to {base} for {day}. Enter one under Settings, then try again."
    )

    currency: str
    base: str
    day: date


@dataclass(frozen=True)
class Rate:
    """Units of base currency for one unit of a currency, and who said so. `value` None is the base currency itself.

    `valid_from` is the day from which a stored rate holds.
    """

    value: Decimal | None
    source: str
    valid_from: date | None = None


@dataclass(frozen=True)
class CustomerStanding:
    """What a customer owes and has, in one currency; side by side, never netted (`docs/model.md`, 18).

    `wallet_minor` is prepaid money; below 0 it was used beyond what was prepaid.
    """

    currency: str
    owes_minor: int
    credit_minor: int
    wallet_minor: int

    @property
    def beyond_minor(self) -> int:
        """What the wallet was used beyond what was prepaid."""
        return max(-self.wallet_minor, 0)


def base_currency() -> str:
    """This function will return the currency in which the business keeps its books."""
    return settings_store.get(BASE_CURRENCY)


def usable_currencies() -> list[str]:
    """This function will return the currencies that can be posted: the base currency, then those that have a rate."""
    base = base_currency()
    return [base, *(row["currency"] for row in fetch(_RATED, [base]))]


def rated_currencies(day: date) -> list[str]:
    """This function will return the base currency, then those that have a rate on a day."""
    base = base_currency()
    return [base, *(row["currency"] for row in fetch(_RATED_ON, [base, day]))]


def closed_until() -> date | None:
    """This function will return the last day of the newest closed month, or None when none was closed."""
    row = fetch_one("SELECT closed_until FROM ledger_periodact ORDER BY id DESC LIMIT 1", [])
    return row["closed_until"] if row else None


def period_acts(limit: int) -> list[dict[str, Any]]:
    """This function will return who closed and reopened which month, the newest first."""
    columns = ("month", "act", "closed_until", "acted_at", "acted_by", "reason")
    return list(PeriodAct.objects.order_by("-id").values(*columns)[:limit])


def rate_on(currency: str, day: date) -> Rate:
    """This function will return the rate that holds on a day.

    Raises:
        NoExchangeRate: when none was stored for that day or before.
    """
    base = base_currency()
    if currency == base:
        return Rate(None, "")
    row = ExchangeRate.objects.filter(currency=currency, valid_from__lte=day).order_by("-valid_from").first()
    if row is None:
        raise NoExchangeRate(currency=currency, base=base, day=day)
    return Rate(row.rate, row.source, row.valid_from)


def worth_at(minor: int, currency: str, rate: Rate) -> Worth:
    """This function will value an amount at a rate."""
    base = minor if rate.value is None else convert(minor, currency, base_currency(), rate.value)
    return Worth(minor, currency, base)


def carried(account: Account, object_id: UUID) -> Worth | None:
    """This function will return what an object carries in an account (on its normal side), or None for nothing."""
    row = (
        Posting.objects.filter(object_id=object_id, account=account.code)
        .values("currency")
        .annotate(minor=Sum(_SIGNED), base=Sum(_SIGNED_BASE))
        .order_by("currency")
        .first()
    )
    if row is None:
        return None
    sign = 1 if account.normal_side == DEBIT else -1
    return Worth(sign * row["minor"], row["currency"], sign * row["base"])


def carried_part(account: Account, object_id: UUID, minor: int, currency: str) -> Worth:
    """This function will value a part of what an object carries: its base moves pro rata, the last part takes the rest.

    In the base currency nothing needs to be looked up.

    Raises:
        ValueError: when the object carries less than the part.
    """
    if currency == base_currency():
        return Worth(minor, currency, minor)
    whole = carried(account, object_id)
    if whole is None:
        raise ValueError(f"{object_id} carries nothing in {account.code}.")
    return Worth(minor, currency, pro_rata(whole.base_minor, minor, whole.minor))


def standings(customer_id: UUID) -> list[CustomerStanding]:
    """This function will return what the customer owes and has, a row for each currency, from the running balances."""
    found: dict[str, dict[str, int]] = {}
    for row in fetch(_BALANCES, [customer_id]):
        found.setdefault(row["currency"], {})[row["account"]] = row["balance_minor"]
    return [_standing(currency, balances) for currency, balances in sorted(found.items())]


def _standing(currency: str, balances: dict[str, int]) -> CustomerStanding:
    return CustomerStanding(
        currency=currency,
        owes_minor=balances.get(RECEIVABLES.code, 0),
        credit_minor=-balances.get(CUSTOMER_CREDIT.code, 0),
        wallet_minor=-balances.get(WALLET_PAID.code, 0) - balances.get(WALLET_PROMOTIONAL.code, 0),
    )


def standings_of(customer_ids: Iterable[UUID]) -> dict[UUID, list[CustomerStanding]]:
    """This function will return the standings of several customers, in one query."""
    found: dict[UUID, dict[str, dict[str, int]]] = {}
    rows = CustomerBalance.objects.filter(customer_id__in=set(customer_ids))
    for row in rows.values_list("customer_id", "currency", "account", "balance_minor"):
        found.setdefault(row[0], {}).setdefault(row[1], {})[row[2]] = row[3]
    return {
        customer_id: [_standing(currency, balances) for currency, balances in sorted(of_customer.items())]
        for customer_id, of_customer in found.items()
    }


def control_balance(account: Account, currency: str) -> int:
    """This function will return debits less credits of an account that names no customer, in minor units."""
    of_account = Q(account=account.code, currency=currency)
    folded = ControlBalance.objects.filter(of_account).aggregate(total=Sum("balance_minor"))["total"]
    fresh = BalanceDelta.objects.filter(of_account).aggregate(total=Sum("balance_minor"))["total"]
    return (folded or 0) + (fresh or 0)


def draft_of(entry_id: UUID) -> EntryDraft:
    """This function will read an entry back as the draft that it was written from."""
    entry = JournalEntry.objects.get(id=entry_id)
    lines = tuple(
        Line(
            account=CHART[row.account],
            side=row.side,
            worth=Worth(row.amount_minor, row.currency, row.base_minor),
            customer_id=row.customer_id,
            per=row.object_id,
        )
        for row in Posting.objects.filter(entry_id=entry_id).order_by("id")
    )
    return EntryDraft(
        rule=entry.rule,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        lines=lines,
        reverses_id=entry.reverses_id,
        rate=entry.rate,
        rate_source=entry.rate_source,
    )


def entries_about(object_ids: list[UUID]) -> list[dict[str, Any]]:
    """This function will return the entries that name any of the objects, with all their postings, oldest first."""
    entries = fetch(_ENTRIES_ABOUT, {"ids": object_ids})
    by_id: dict[UUID, list[dict[str, Any]]] = {entry["id"]: [] for entry in entries}
    for row in fetch_for(_POSTINGS_OF, by_id):
        by_id[row["entry_id"]].append({**row, "name": CHART[row["account"]].name})
    return [{**entry, "postings": by_id[entry["id"]]} for entry in entries]


def entry_of(subject_id: UUID, rule: str) -> UUID | None:
    """This function will return the first entry that a rule wrote for a subject, or None."""
    rows = JournalEntry.objects.filter(subject_id=subject_id, rule=rule, reverses=None).order_by("recorded_at", "id")
    return rows.values_list("id", flat=True).first()


def has_entries() -> bool:
    """This function will say whether anything was ever posted."""
    return JournalEntry.objects.exists()


def has_credit(customer_id: UUID, currency: str) -> bool:
    """This function will say whether a customer has unallocated money or credit notes in a currency."""
    row = fetch_one(
        "SELECT balance_minor FROM ledger_customerbalance WHERE customer_id = %s AND account = %s AND currency = %s",
        [customer_id, CUSTOMER_CREDIT.code, currency],
    )
    return row is not None and row["balance_minor"] != 0


def with_credit(customer_ids: Iterable[UUID]) -> set[tuple[UUID, str]]:
    """This function will return which of the customers have credit, and in which currencies, in one query."""
    rows = fetch(
        "SELECT customer_id, currency FROM ledger_customerbalance "
        "WHERE customer_id = ANY(%s) AND account = %s AND balance_minor <> 0",
        [list(customer_ids), CUSTOMER_CREDIT.code],
    )
    return {(row["customer_id"], row["currency"]) for row in rows}
