"""What autopay charges, when, and what it leaves alone (`docs/model.md`, 27).

`run` finds what is to be charged today and has each payment charged by a job; `charge` charges one. A charge that is
declined is tried again by `payments.retry_plan`, from `settle.settle_attempt`.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tallystick.allocations.queries import Obstacles, obstacles, obstacles_of
from tallystick.correspondence.contents import Need
from tallystick.correspondence.queries import queued_before
from tallystick.foundation import jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.months import months_after, on_day
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import require_outside, transaction
from tallystick.gateways import queries as gateways
from tallystick.invoices import operations as invoices
from tallystick.payments import autopay, autopay_queries, expected, methods
from tallystick.payments.autopay import Agreed
from tallystick.payments.autopay_queries import Alike, Candidate, ChargedMethod
from tallystick.subscriptions.collection import collected_by_hand, of_payer_by_hand
from tallystick.usecases import collect, places, tries
from tallystick.usecases.frame import SYSTEM, use_case
from tallystick.usecases.notify_autopay import need_key
from tallystick.usecases.roles import Permission

# How many candidates are read at once, and how many payments one job charges.
_CHUNK: Final = 500
_A_JOB: Final = 20
# A charge day comes before the due date by less than this.
_LONGEST_MONTH: Final = timedelta(days=31)


class NotCharged(StrEnum):
    """Why an expected payment is not charged by itself."""

    SETTLED = "settled"
    ENDED = "ended"
    EXEMPT = "exempt"
    PROMISED = "promised"
    PAID_BACK = "paid_back"
    GIVEN_UP = "given_up"
    NOT_DUE = "not_due"
    ABOVE_CAP = "above_cap"
    NO_METHOD = "no_method"
    GATEWAY_OFF = "gateway_off"
    IN_PROGRESS = "in_progress"


# What only the payer can mend, and is asked to. The words are the same.
NEEDS: Final = {NotCharged.ABOVE_CAP: Need.ABOVE_CAP, NotCharged.NO_METHOD: Need.NO_METHOD}


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What autopay does about an expected payment: the local date of its next charge, or why there is none.

    A charge that something stands in the way of has its date, too: it is made then, if that is gone.
    """

    payment: Candidate
    charge_date: date | None
    method: ChargedMethod | None
    why_not: NotCharged | None

    def is_now(self, today: date) -> bool:
        """This function will say whether the day of the charge has come."""
        return self.charge_date is not None and self.charge_date <= today


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What payers agreed on, the method with which each is charged, and the gateway accounts that are enabled."""

    agreed: dict[UUID, dict[str, Any]]
    methods: dict[UUID, ChargedMethod]
    enabled: set[UUID]


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What decides about many payments at once, read for all of them."""

    left_alone: dict[UUID, NotCharged]
    held: set[UUID]
    ways: Ways


def charge_date(invoice_date: date, due_date: date, charge_day: int | None) -> date:
    """This function will return the local date on which an invoice is charged.

    That is the last charge day by the due date, unless it comes before the invoice's date; then, and without a charge
    day, it is the due date.
    """
    if charge_day is None:
        return due_date
    here = on_day(due_date.year, due_date.month, charge_day)
    chosen = here if here <= due_date else months_after(due_date, -1, day=charge_day)
    return chosen if chosen >= invoice_date else due_date


def ways_of(agreed: dict[UUID, dict[str, Any]]) -> Ways:
    """This function will return how payers are charged, given what each agreed on."""
    if not agreed:
        return Ways(agreed={}, methods={}, enabled=set())
    return Ways(
        agreed=agreed,
        methods=autopay_queries.charged_methods({payer: row["method_id"] for payer, row in agreed.items()}),
        enabled={account["id"] for account in gateways.accounts(enabled_only=True)},
    )


def charges_of(customer_id: UUID, *, as_if: Agreed | None = None, limit: int | None = None) -> list[Charge]:
    """This function will return what autopay does about each open invoice of a payer, or at most so many of them, the
    soonest due first.

    Payments that are under way are left out. Without an agreement nothing is charged; `as_if` is one that is only
    thought of.
    """
    agreed = autopay_queries.agreements([customer_id]) if as_if is None else {customer_id: vars(as_if)}
    return charges(autopay_queries.candidates_of(customer_id, limit=limit), ways=ways_of(agreed))


def planned(customer_id: UUID, ways: Ways, *, today: date, until: date, first: int) -> list[tuple[Charge, Alike]]:
    """This function will return what is charged of a payer under its agreement as things stand, put together where it
    is charged alike: how each of them is charged, and the `first` of them, or the first one alone where that is after
    `until`. What is late is charged now, whenever it was due.

    It takes the same few statements for any number of open invoices, and what cannot be charged is left out.
    """
    agreed = ways.agreed[customer_id]
    in_the_way = obstacles_of(customer_id)
    besides = {*in_the_way.held, *in_the_way.promised, *in_the_way.paid_back, *of_payer_by_hand(customer_id)}
    found = autopay_queries.alike_of(
        customer_id,
        today=today,
        # A charge day comes less than a month before the due date.
        until=until + _LONGEST_MONTH if agreed["charge_day"] is not None else until,
        besides=besides,
        above_minor=agreed["cap_minor"],
        by_day=agreed["charge_day"] is not None,
        first=first,
    )
    ground = _Ground(
        left_alone={each.first[0].invoice_id: NotCharged.PROMISED for each in found if each.first[0].is_promised},
        held=set(),
        ways=ways,
    )
    charged = [(_charge(each.first[0], agreed, ground), each) for each in found]
    return [(charge, each) for charge, each in charged if charge.why_not is None]


def charge_of(payment_id: UUID, *, customer_id: UUID) -> Charge | None:
    """This function will return what autopay does about one expected payment; None without an agreement, or when
    nobody expects it any more.
    """
    agreed = autopay_queries.agreements([customer_id])
    found = autopay_queries.candidate(payment_id) if agreed else None
    return None if found is None else charges([found], ways=ways_of(agreed))[0]


def charges(found: Sequence[Candidate], *, ways: Ways) -> list[Charge]:
    """This function will say of each payment when it is charged under its payer's agreement, or why it is not."""
    payers = list({each.customer_id for each in found})
    in_the_way = obstacles([each.invoice_id for each in found], of_customers=payers)
    ground = _Ground(left_alone=_left_alone(found, in_the_way), held=in_the_way.held, ways=ways)
    return [_charge(each, ways.agreed.get(each.customer_id), ground) for each in found]


def run(*, at: datetime) -> int:
    """This function will have everything charged that is to be charged by the local date of `at`.

    The charges wait in jobs, some in each. Whoever has to do something first, so that a charge can be made, is told
    once. A run that was cut off is begun anew by the next; what it finds twice is charged once.

    Returns how many payments will be charged.
    """
    today = local_date(at)
    count = 0
    for part in parts(today):
        found = [each for each in part if each.is_now(today)]
        ready = [each.payment.payment_id.hex for each in found if each.why_not is None]
        needy = {_need_key(each): each for each in found if each.why_not in NEEDS}
        told = queued_before(needy)
        with transaction():
            for start in range(0, len(ready), _A_JOB):
                jobs.defer("autopay.charge", payment_ids=ready[start : start + _A_JOB])
            for key, each in needy.items():
                if key not in told:
                    jobs.defer("mail.action_needed", payment_id=each.payment.payment_id.hex, need=each.why_not)
        count += len(ready)
    return count


def charge(*, payment_id: UUID, at: datetime) -> NotCharged | None:
    """This function will charge one expected payment to the payer's method, nobody being there; None when it did.

    Everything is looked at again first, with the payment and the agreement locked: it may have been paid, the agreement
    ended or the card removed since the payment was found. A second call charges nothing twice.
    """
    require_outside("Calling a gateway")
    begun = _begin(actor=SYSTEM, at=at, payment_id=payment_id)
    if isinstance(begun, NotCharged):
        return begun
    collect.perform(attempt_id=begun, at=at)
    return None


@use_case(Permission.COLLECT_PAYMENTS)
def _begin(*, actor: Actor, at: datetime, payment_id: UUID) -> UUID | NotCharged:
    found = autopay_queries.candidate(payment_id)
    if found is None:
        return NotCharged.SETTLED
    # In the order in which whoever settles an attempt locks them, too.
    (claim,) = invoices.locked_many([found.invoice_id])
    payment = expected.live_of(found.invoice_id)
    methods.locked_of(found.customer_id)
    agreement = autopay.held(found.customer_id)
    found = autopay_queries.candidate(payment_id)
    if found is None or payment is None or payment.id != payment_id or not claim.open_minor:
        return NotCharged.SETTLED
    if agreement is None:
        return NotCharged.ENDED
    agreed = autopay_queries.agreements([found.customer_id])
    (planned,) = charges([replace(found, open_minor=claim.open_minor)], ways=ways_of(agreed))
    if planned.why_not is not None:
        return planned.why_not
    if planned.charge_date is None or planned.method is None or planned.charge_date > local_date(at):
        return NotCharged.NOT_DUE
    way = tries.Way(
        account_id=planned.method.account_id,
        return_url=places.payment_link_return(),
        method_id=planned.method.id,
        off_session=True,
        agreement_id=agreement.id,
    )
    begun = tries.begin(payment, {claim.id: claim.open_minor}, way, actor=actor, at=at)
    return UUID(hex=begun["attempt_id"])


def parts(today: date) -> Iterator[list[Charge]]:
    """This function will yield what may have to be charged by today, part by part, in the order of the due dates."""
    after: tuple[date, UUID] | None = None
    while True:
        rows = autopay_queries.due_candidates(today=today, due_until=today + _LONGEST_MONTH, after=after, limit=_CHUNK)
        if not rows:
            return
        after = (rows[-1].due_date, rows[-1].payment_id)
        agreed = autopay_queries.agreements({each.customer_id for each in rows})
        yield charges(rows, ways=ways_of(agreed))


def _left_alone(found: Sequence[Candidate], in_the_way: Obstacles) -> dict[UUID, NotCharged]:
    """Which of the payments' invoices autopay leaves alone, whatever was agreed, and why."""
    promised = {each.invoice_id for each in found if each.is_promised}
    return {
        **dict.fromkeys(in_the_way.paid_back, NotCharged.PAID_BACK),
        **dict.fromkeys(promised | in_the_way.promised, NotCharged.PROMISED),
        **dict.fromkeys(collected_by_hand(each.invoice_id for each in found), NotCharged.EXEMPT),
    }


def _charge(found: Candidate, agreed: dict[str, Any] | None, ground: _Ground) -> Charge:
    never = NotCharged.ENDED if agreed is None else ground.left_alone.get(found.invoice_id)
    if never is None and found.was_declined and found.next_try_date is None:
        never = NotCharged.GIVEN_UP
    if never is not None or agreed is None:
        return Charge(payment=found, charge_date=None, method=None, why_not=never)
    planned = charge_date(found.invoice_date, found.due_date, agreed["charge_day"])
    return Charge(
        payment=found,
        charge_date=found.next_try_date or planned,
        method=ground.ways.methods.get(found.customer_id),
        why_not=_in_the_way(found, agreed, ground),
    )


def _in_the_way(found: Candidate, agreed: dict[str, Any], ground: _Ground) -> NotCharged | None:
    if found.invoice_id in ground.held:
        return NotCharged.IN_PROGRESS
    method = ground.ways.methods.get(found.customer_id)
    return why_refused(found.open_minor, found.currency, agreed, method, enabled=ground.ways.enabled)


def why_refused(
    minor: int, currency: str, agreed: Mapping[str, Any], method: ChargedMethod | None, *, enabled: AbstractSet[UUID]
) -> NotCharged | None:
    """This function will say why an agreement and the method that it charges do not cover an amount, or None.

    `enabled` are the gateway accounts that are switched on.
    """
    # A cap in another currency than the invoice's says nothing of it, so nothing is charged without being asked.
    fits = currency == agreed["cap_currency"] and minor <= (agreed["cap_minor"] or 0)
    if agreed["cap_minor"] is not None and not fits:
        return NotCharged.ABOVE_CAP
    if method is None or method.refused_code:
        return NotCharged.NO_METHOD
    return None if method.account_id in enabled else NotCharged.GATEWAY_OFF


def _need_key(charge: Charge) -> str:
    """Under which key the payer is told what to do; empty when there is nothing that only the payer can mend."""
    need = None if charge.why_not is None else NEEDS.get(charge.why_not)
    return "" if need is None else need_key(need, charge.payment.payment_id)
