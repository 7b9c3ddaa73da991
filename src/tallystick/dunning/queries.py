"""Reading plans, reminders, and what decides about open invoices, for many at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tallystick.dunning.decisions import Channel, Debt, Level, Plan, Stop, Told
from tallystick.dunning.fee_queries import late_fees_of
from tallystick.dunning.models import DunningPause, PlanChoice, Reminder
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import NotFound
from tallystick.foundation.rows import fetch, fetch_for

# What decides about an open invoice, whose expected payment is the one row that is live (`docs/model.md`, 1).
_CLAIMS: Final = """
SELECT payment.id AS payment_id, payment.customer_id, payment.invoice_id, payment.due_date, invoice.invoice_date,
    invoice.currency, invoice.open_minor, customer.is_prepaid,
    coalesce(of_group.id, of_payer.id) IS NOT NULL AS has_choice,
    CASE WHEN of_group.id IS NULL THEN of_payer.plan_id ELSE of_group.plan_id END AS chosen_id,
    payment.status = 'processing' OR EXISTS (
        SELECT FROM allocations_reservation AS held WHERE held.invoice_id = payment.invoice_id
    ) AS is_in_progress,
    (SELECT max(released_at) FROM allocations_allocation AS undone WHERE undone.invoice_id = payment.invoice_id)
        AS opened_again_at,
    EXISTS (
        SELECT FROM allocations_allocation AS part
        JOIN payments_dispute AS dispute ON dispute.payment_id = part.payment_id
        WHERE part.invoice_id = payment.invoice_id AND part.released_at IS NULL
        AND dispute.state IN ('inquiry', 'opened')
    ) AS is_disputed,
    (SELECT max(attempt.ended_at) FROM payments_payment AS tried
        JOIN payments_attempt AS attempt ON attempt.payment_id = tried.id
        WHERE tried.invoice_id = payment.invoice_id AND attempt.state = 'declined') AS failed_at,
    late.state = 'issued' AND late.open_minor > 0 AS waits_for_late,
    CASE WHEN late.id IS NOT NULL THEN greatest(
        late.voided_at,
        (SELECT max(allocated_at) FROM allocations_allocation AS part
            WHERE part.invoice_id = late.id AND part.released_at IS NULL),
        (SELECT max(written_at) FROM invoices_writeoff AS given_up WHERE given_up.invoice_id = late.id)
    ) END AS late_closed_at
FROM payments_payment AS payment
JOIN invoices_invoice AS invoice ON invoice.id = payment.invoice_id
JOIN customers_customer AS customer ON customer.id = payment.customer_id
LEFT JOIN dunning_planchoice AS of_group ON of_group.group_id = invoice.group_id
LEFT JOIN dunning_planchoice AS of_payer ON of_payer.customer_id = payment.customer_id
LEFT JOIN dunning_latefee AS fee ON fee.invoice_id = payment.invoice_id AND fee.taken_back_at IS NULL
LEFT JOIN invoices_invoice AS late ON late.id = fee.late_invoice_id
WHERE payment.kind = 'scheduled' AND payment.status IN ('pending', 'processing', 'failed')
AND payment.deleted_at IS NULL AND invoice.state = 'issued' AND invoice.open_minor > 0
"""
_PAGE: Final = (
    _CLAIMS + "AND payment.due_date <= %(last)s AND (payment.due_date, payment.id) > (%(day)s::date, %(id)s::uuid) "
    "ORDER BY payment.due_date, payment.id LIMIT %(limit)s"
)
# Pages of the portal tell what comes if nothing is paid: one statement for all that plans say.
_PLANS: Final = """
SELECT id, name, is_default, archived_at IS NOT NULL AS is_archived, grace_days, fee_tax_rate_id, coalesce((
    SELECT jsonb_agg(to_jsonb(level) || jsonb_build_object('fees', coalesce((
        SELECT jsonb_object_agg(currency, fee_minor) FROM dunning_levelfee WHERE level_id = level.id
    ), '{}')) ORDER BY days) FROM dunning_dunninglevel AS level WHERE plan_id = plan.id
), '[]') AS levels
FROM dunning_dunningplan AS plan ORDER BY is_default DESC, name
"""
_PAUSES: Final = """
SELECT customer_id, invoice_id, until_date, reason, promised_minor, open_minor, created_at, created_by
FROM dunning_dunningpause WHERE customer_id = ANY(%s) AND ended_at IS NULL ORDER BY created_at
"""
_TOLD: Final = """
SELECT invoice_id, from_date, days, reminder_date, pay_by_date FROM dunning_reminder
WHERE invoice_id = ANY(%s) ORDER BY decided_at
"""
_REMINDERS: Final = """
SELECT id, plan_id, invoice_id, from_date, days, reminder_date, pay_by_date, fee_minor FROM dunning_reminder
WHERE invoice_id = %s ORDER BY decided_at, id
"""
_SOME: Final = _CLAIMS + "AND payment.invoice_id = ANY(%(invoices)s)"
_FIRST_DUE: Final = (
    _CLAIMS + "AND payment.customer_id = %(customer)s ORDER BY payment.due_date, payment.id LIMIT %(limit)s"
)
_A_WEEK: Final = timedelta(days=7)
_BEGINNING: Final = (date.min, UUID(int=0))


@dataclass(frozen=True, kw_only=True)
class PlanFacts:
    """A plan: its rules, what the business writes at each level in the place of our words, and how each is told."""

    id: UUID
    name: str
    is_default: bool
    is_archived: bool
    rules: Plan
    texts: Mapping[int, Mapping[str, str]]
    fee_tax_rate_id: UUID | None
    channels: Mapping[int, Channel]


@dataclass(frozen=True, kw_only=True)
class PauseFacts:
    """A pause of the reminders of an invoice, or of all of a customer; `until_date` is the last local date of it, None
    until somebody ends it. A promise says what will be paid by then, and what was open, in minor units.
    """

    customer_id: UUID
    invoice_id: UUID | None
    until_date: date | None
    reason: str
    promised_minor: int | None
    open_minor: int | None
    created_at: datetime
    created_by: str

    def holds(self, today: date) -> bool:
        """This function will say whether nobody is reminded on a day: a promise that is broken ends by itself."""
        return self.until_date is None or today <= self.until_date

    def is_kept(self, *, open_minor: int, tolerance_minor: int) -> bool:
        """This function will say whether what was promised was paid, but for a small difference, given what is open."""
        if self.promised_minor is None or self.open_minor is None:
            return False
        left = self.open_minor - self.promised_minor + tolerance_minor
        return open_minor <= left and open_minor < self.open_minor


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An open invoice and what decides about it; `stop` is what keeps it from being reminded of as far as this room
    sees.
    """

    payment_id: UUID
    invoice_id: UUID
    customer_id: UUID
    plan: PlanFacts | None
    debt: Debt
    stop: Stop | None
    pauses: tuple[PauseFacts, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReminderFacts:
    """A reminder that was decided on."""

    id: UUID
    plan_id: UUID
    invoice_id: UUID
    from_date: date
    days: int
    reminder_date: date
    pay_by_date: date | None
    fee_minor: int


def plans() -> list[PlanFacts]:
    """This function will return all plans that are not archived, the default one first, then by name."""
    return [each for each in all_plans() if not each.is_archived]


def all_plans() -> list[PlanFacts]:
    """This function will return all plans, archived ones too, the default one first, then by name."""
    return [_facts(row) for row in fetch(_PLANS, [])]


def plan(plan_id: UUID) -> PlanFacts:
    """This function will return a plan, archived or not.

    Raises:
        NotFound: when there is none.
    """
    found = next((each for each in all_plans() if each.id == plan_id), None)
    if found is None:
        raise NotFound(kind="dunning plan")
    return found


def chosen(*, customer_id: UUID | None = None, group_id: UUID | None = None) -> tuple[bool, UUID | None]:
    """This function will say whether a customer or a billing group has a choice of its own, and which plan it is."""
    of: dict[str, Any] = {"customer_id": customer_id, "group_id": group_id}
    row = PlanChoice.objects.filter(**of).values_list("plan_id").first()
    return (row is not None, None if row is None else row[0])


def claims_page(*, due_until: date, after: tuple[date, UUID] | None, limit: int) -> list[Claim]:
    """This function will return open invoices that are due until a date, in the order of their due dates, from behind
    `after` on: the due date of the last one seen and the id of its expected payment. A few queries for any number.
    """
    day, payment_id = after or _BEGINNING
    return _claims(fetch(_PAGE, {"last": due_until, "day": day, "id": payment_id, "limit": limit}))


def claims(invoice_ids: Iterable[UUID]) -> dict[UUID, Claim]:
    """This function will return those of some invoices that are open; whatever is settled is left out."""
    return {each.invoice_id: each for each in _claims(fetch(_SOME, {"invoices": list(set(invoice_ids))}))}


def first_claims(customer_id: UUID, *, limit: int) -> list[Claim]:
    """This function will return a customer's open invoices that are due first, in the order of their due dates."""
    return _claims(fetch(_FIRST_DUE, {"customer": customer_id, "limit": limit}))


def reminders(ids: Iterable[UUID]) -> list[ReminderFacts]:
    """This function will return reminders by their ids; whatever was taken back is left out."""
    rows = Reminder.objects.filter(id__in=set(ids)).order_by("decided_at", "id")
    return [ReminderFacts(**row) for row in rows.values(*ReminderFacts.__dataclass_fields__)]


def decided_of_late(invoice_ids: Iterable[UUID], *, today: date) -> list[UUID]:
    """This function will return the reminders of some invoices that were decided on within the week before a date."""
    week = Reminder.objects.filter(reminder_date__lt=today, reminder_date__gte=today - _A_WEEK)
    return list(week.filter(invoice_id__in=set(invoice_ids)).values_list("id", flat=True))


def reminders_of(invoice_id: UUID) -> list[ReminderFacts]:
    """This function will return every reminder of an invoice, the oldest first."""
    return [ReminderFacts(**row) for row in fetch(_REMINDERS, [invoice_id])]


def pauses_of(customer_ids: Iterable[UUID]) -> dict[UUID, list[PauseFacts]]:
    """This function will return the pauses of customers and their invoices that nobody ended, by customer; also those
    whose day is over.
    """
    found: dict[UUID, list[PauseFacts]] = {}
    for row in fetch_for(_PAUSES, customer_ids):
        found.setdefault(row["customer_id"], []).append(PauseFacts(**row))
    return found


def pause(pause_id: UUID) -> tuple[PauseFacts, bool]:
    """This function will return a pause, and whether somebody ended it.

    Raises:
        NotFound: when there never was one.
    """
    row = DunningPause.objects.filter(id=pause_id).values("ended_at", *PauseFacts.__dataclass_fields__).first()
    if row is None:
        raise NotFound(kind="pause")
    return PauseFacts(**{name: row[name] for name in PauseFacts.__dataclass_fields__}), row["ended_at"] is not None


def has_broken_promise(invoice_id: UUID, *, open_minor: int, tolerance_minor: int, today: date) -> bool:
    """This function will say whether a promise to pay an invoice ran out before a day without being kept, given what is
    open of it, in minor units. One that somebody ended before its day was not broken.
    """
    rows = DunningPause.objects.filter(invoice_id=invoice_id, promised_minor__isnull=False, until_date__lt=today)
    for row in rows.values("ended_at", *PauseFacts.__dataclass_fields__):
        ended_at, facts = row.pop("ended_at"), PauseFacts(**row)
        ran_out = ended_at is None or not facts.holds(local_date(ended_at))
        if ran_out and not facts.is_kept(open_minor=open_minor, tolerance_minor=tolerance_minor):
            return True
    return False


def _claims(rows: Sequence[Mapping[str, Any]]) -> list[Claim]:
    if not rows:
        return []
    known = {each.id: each for each in plans()}
    usual = next((each for each in known.values() if each.is_default), None)
    fees = late_fees_of(row["invoice_id"] for row in rows)
    billed = Counter[UUID]()
    for fee in fees:
        billed[fee.late_invoice_id] += fee.fee_minor
    of_fees = {fee.invoice_id for fee in fees}
    pauses = pauses_of({row["customer_id"] for row in rows})
    told: dict[tuple[UUID, date], list[Told]] = {}
    for each in fetch_for(_TOLD, (row["invoice_id"] for row in rows)):
        beside = Told(days=each["days"], reminder_date=each["reminder_date"], pay_by_date=each["pay_by_date"])
        told.setdefault((each["invoice_id"], each["from_date"]), []).append(beside)
    return [
        _claim(
            row,
            _plan_of(row, known, usual),
            told,
            tuple(each for each in pauses.get(row["customer_id"], ()) if each.invoice_id in {None, row["invoice_id"]}),
            fees_minor=billed[row["invoice_id"]],
            bears_fees=not row["is_prepaid"] and row["invoice_id"] not in of_fees,
        )
        for row in rows
    ]


def _plan_of(row: Mapping[str, Any], known: Mapping[UUID, PlanFacts], usual: PlanFacts | None) -> PlanFacts | None:
    """The plan of the invoice's group, else of its payer, else the default one."""
    if not row["has_choice"]:
        return usual
    return None if row["chosen_id"] is None else known[row["chosen_id"]]


def _claim(
    row: Mapping[str, Any],
    plan_facts: PlanFacts | None,
    told: Mapping[tuple[UUID, date], Sequence[Told]],
    pauses: tuple[PauseFacts, ...],
    *,
    fees_minor: int,
    bears_fees: bool,
) -> Claim:
    since = (local_date(row[name]) for name in ("opened_again_at", "late_closed_at") if row[name] is not None)
    from_date = max([row["due_date"], *since])
    stops = {
        Stop.NO_PLAN: plan_facts is None or not plan_facts.rules.levels,
        Stop.IN_PROGRESS: row["is_in_progress"],
        Stop.DISPUTED: row["is_disputed"],
        Stop.WITH_LATE: bool(row["waits_for_late"]),
    }
    return Claim(
        payment_id=row["payment_id"],
        invoice_id=row["invoice_id"],
        customer_id=row["customer_id"],
        plan=plan_facts,
        debt=Debt(
            invoice_date=row["invoice_date"],
            due_date=row["due_date"],
            from_date=from_date,
            told=tuple(told.get((row["invoice_id"], from_date), ())),
            currency=row["currency"],
            open_minor=row["open_minor"],
            fees_minor=fees_minor,
            bears_fees=bears_fees,
            failed_date=None if row["failed_at"] is None else local_date(row["failed_at"]),
        ),
        stop=next((stop for stop, is_so in stops.items() if is_so), None),
        pauses=pauses,
    )


def _facts(row: Mapping[str, Any]) -> PlanFacts:
    levels = row["levels"]
    return PlanFacts(
        id=row["id"],
        name=row["name"],
        is_default=row["is_default"],
        is_archived=row["is_archived"],
        rules=Plan(
            levels=tuple(
                Level(days=each["days"], pay_by_days=each["pay_by_days"], fees=each["fees"]) for each in levels
            ),
            grace_days=row["grace_days"],
        ),
        texts={each["days"]: each["texts"] for each in levels},
        fee_tax_rate_id=row["fee_tax_rate_id"],
        channels={each["days"]: Channel(each["channel"]) for each in levels},
    )


def due_until(today: date) -> date:
    """This function will return until which due date invoices may be reminded of today."""
    ahead = min((each.days for found in plans() for each in found.rules.levels), default=0)
    return today + timedelta(days=-min(ahead, 0))
