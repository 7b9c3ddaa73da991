"""How dunning plans, and whose they are, read: the same for the API and whoever changed them."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.allocations.queries import TOLERANCE
from tallystick.customers import queries as customers
from tallystick.dunning import decisions, queries, suspension_queries
from tallystick.dunning.decisions import Stop
from tallystick.dunning.fee_queries import LateFeeFacts, late_fees_of
from tallystick.dunning.queries import Claim, PauseFacts, PlanFacts
from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.wire.builders import INVOICE, TAX_RATE, day, moment
from tallystick.wire.shapes import CurrencyCode, Day, InvoiceId, Moment, one_of

DUNNING_PLAN = "dpl"
# What is chosen in the place of a plan.
DEFAULT, NONE = "default", "none"

PlanId = Annotated[str, Field(examples=["dpl_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


OUTCOMES: Final = {
    "waiting": "it holds.",
    "kept": "what was promised was paid, but for a small difference at most.",
    "broken": "the day of the promise is over, and it was not paid: reminders go on.",
    "over": "its day is over: reminders go on.",
}
STOPS: Final = {
    NONE: "nothing: it goes by its plan.",
    "settled": "nothing of it is open.",
    "no_plan": "no plan counts, or one without reminders.",
    "in_progress": "a payment of it is under way.",
    "disputed": "a payment of it is disputed.",
    "paused": "its reminders are paused, or wait for what was promised.",
    "with_late": "it is for a late fee, and reminded of with the invoice that was late, as long as that is open.",
    "autopay": "it is still to be charged by itself.",
}


CHANNELS: Final = {
    "mail": "by mail, or by letter to whoever has no address for mail.",
    "letter": "by letter, or by mail to whoever has no postal address.",
    "both": "by both, as far as there are addresses.",
}


class LevelFeeShape(TypedDict):
    """What a reminder adds to what is owed in a currency."""

    currency: CurrencyCode
    fee_minor: Annotated[int, Field(description="Minor units, tax included where fees are taxed.", examples=[500])]


class DunningLevelShape(TypedDict):
    """A reminder of a plan."""

    days: Annotated[int, Field(description="So many days after the due date; before it when negative.", examples=[3])]
    pay_by_days: Annotated[
        int | None,
        Field(description="Within how many days it asks for payment; null for at once, or by a due date to come."),
    ]
    texts: Annotated[
        dict[str, str],
        Field(
            description="What the business writes in the place of the usual words, by language.",
            examples=[{"en": "Your invoice is still open.", "de": "Ihre Rechnung ist noch offen."}],
        ),
    ]
    channel: Annotated[str, one_of(CHANNELS, example="mail", about="How it is told.")]
    fees: Annotated[list[LevelFeeShape], Field(description="The late fee that it adds, by currency; empty for none.")]


class DunningPlanShape(TypedDict):
    """When a payer is reminded of an open invoice, and when services are suspended."""

    id: PlanId
    name: str
    is_default: Annotated[bool, Field(description="Whether it is the plan of whoever has no other.")]
    is_archived: Annotated[bool, Field(description="Whether it was put away: then it cannot be chosen or changed.")]
    grace_days: Annotated[
        int | None,
        Field(description="How many days after the last reminder the invoice's services are suspended; null: never."),
    ]
    fee_tax_rate: Annotated[
        str | None, Field(description="The tax rate of its late fees; null: as damages, they are not taxed.")
    ]
    levels: list[DunningLevelShape]


class PlanChoiceShape(TypedDict):
    """Which plan counts for a customer or a billing group."""

    choice: Annotated[
        str,
        Field(
            description=f"The id of a plan; `{DEFAULT}` for the default one, or as a group's payer; `{NONE}` for none.",
            examples=[DEFAULT],
        ),
    ]
    plan: Annotated[DunningPlanShape | None, Field(description="The plan that counts; null when there is none.")]


class LateFeeShape(TypedDict):
    """A late fee that was billed."""

    invoice: InvoiceId
    number: str
    currency: CurrencyCode
    fee_minor: Annotated[int, Field(description="Minor units, tax included where fees are taxed.", examples=[500])]


class ReminderShape(TypedDict):
    """A reminder that was decided on."""

    days: Annotated[int, Field(description="The level: so many days after the due date, or before it.", examples=[3])]
    reminder_date: Day
    pay_by_date: Annotated[Day | None, Field(description="The date by which it asks for payment, if it names one.")]
    late_fee: Annotated[LateFeeShape | None, Field(description="The fee that it added; null for none.")]


class DunningPauseShape(TypedDict):
    """A pause of reminders, or the wait for what a payer promised."""

    until_date: Annotated[Day | None, Field(description="The last day of it; null until somebody resumes.")]
    reason: Annotated[
        str, Field(description="Why, as staff or a program wrote it; empty for a key that is narrowed to a customer.")
    ]
    promised_minor: Annotated[
        int | None, Field(description="What the payer promised to pay by then, in minor units; null for no promise.")
    ]
    outcome: Annotated[str, one_of(OUTCOMES, example="waiting")]
    created_at: Moment
    created_by: Annotated[str, Field(description="By whom; empty for a key that is narrowed to a customer.")]


class ComingReminderShape(TypedDict):
    """A reminder that comes if nothing is paid."""

    date: Day
    fee_minor: Annotated[
        int, Field(description="The late fee that it adds, in minor units of the invoice's currency; 0 for none.")
    ]


class DunningOfInvoiceShape(TypedDict):
    """What was told of an invoice, and what happens if nothing is paid."""

    plan: Annotated[DunningPlanShape | None, Field(description="The plan that counts; null when there is none.")]
    stop: Annotated[str, one_of(STOPS, example="none", about="What keeps it from being reminded of by itself.")]
    reminders: list[ReminderShape]
    next_reminder_date: Day | None
    coming_reminders: Annotated[
        list[ComingReminderShape], Field(description="Every reminder that comes if nothing is paid, in order.")
    ]
    late_fee_for: Annotated[
        InvoiceId | None, Field(description="When it is itself for a late fee: the invoice that was late.")
    ]
    suspension_date: Annotated[
        Day | None, Field(description="When the services on the invoice are suspended; null when they are not.")
    ]
    pause: DunningPauseShape | None


def plan_shape(facts: PlanFacts) -> DunningPlanShape:
    """This function will return a plan."""
    return {
        "id": public_id(DUNNING_PLAN, facts.id),
        "name": facts.name,
        "is_default": facts.is_default,
        "is_archived": facts.is_archived,
        "grace_days": facts.rules.grace_days,
        "fee_tax_rate": None if facts.fee_tax_rate_id is None else public_id(TAX_RATE, facts.fee_tax_rate_id),
        "levels": [
            {
                "days": each.days,
                "pay_by_days": each.pay_by_days,
                "texts": dict(facts.texts[each.days]),
                "channel": facts.channels[each.days],
                "fees": [{"currency": code, "fee_minor": minor} for code, minor in sorted(each.fees.items())],
            }
            for each in facts.rules.levels
        ],
    }


def one_plan(plan_id: UUID) -> DunningPlanShape:
    """This function will return a plan.

    Raises:
        NotFound: when there is none.
    """
    return plan_shape(queries.plan(plan_id))


def choice_shape(*, customer_id: UUID | None = None, group_id: UUID | None = None) -> PlanChoiceShape:
    """This function will return which plan counts for a customer or a billing group."""
    is_own, chosen_id = queries.chosen(customer_id=customer_id, group_id=group_id)
    if group_id is not None and not is_own:
        return {"choice": DEFAULT, "plan": choice_shape(customer_id=customers.group(group_id)["payer_id"])["plan"]}
    known = queries.plans()
    plan = next((each for each in known if (each.id == chosen_id if is_own else each.is_default)), None)
    own = NONE if chosen_id is None else public_id(DUNNING_PLAN, chosen_id)
    return {"choice": own if is_own else DEFAULT, "plan": None if plan is None else plan_shape(plan)}


def dunning_of_invoice(
    invoice_id: UUID, *, claim: Claim | None, stop: Stop | None, today: date, tells_private: bool
) -> DunningOfInvoiceShape:
    """This function will return what was told of an invoice, and what will be unless `stop` is in the way; dates are
    local. `claim` is None when nothing is open of it. `tells_private` says whether it is for staff, who read why and by
    whom reminders are paused.

    Raises:
        NotFound: when there is no such invoice.
    """
    row = invoices.invoice(invoice_id)
    plan = None if claim is None else claim.plan
    follows = None
    if claim is not None and plan is not None and stop is None:
        follows = decisions.coming(plan.rules, claim.debt, today=today)
    next_step = None if follows is None else follows.reminder
    fees = late_fees_of([invoice_id])
    late = next((each.late_invoice_id for each in fees if each.invoice_id == invoice_id), None)
    added = {each.reminder_id: each for each in fees}
    numbers = invoices.numbers(each.invoice_id for each in fees)
    suspends = claim is not None and follows is not None and bool(suspension_queries.suspendable_ahead([claim]))
    return {
        "plan": None if plan is None else plan_shape(plan),
        "stop": stop or NONE,
        "reminders": [
            {
                "days": each.days,
                "reminder_date": each.reminder_date.isoformat(),
                "pay_by_date": day(each.pay_by_date),
                "late_fee": _late_fee(added.get(each.id), numbers),
            }
            for each in queries.reminders_of(invoice_id)
        ],
        "next_reminder_date": day(next_step.date) if next_step else None,
        "coming_reminders": [
            {"date": step.date.isoformat(), "fee_minor": step.fee_minor} for step in (follows.steps if follows else ())
        ],
        "late_fee_for": None if late is None else public_id(INVOICE, late),
        "suspension_date": day(follows.suspension_date) if follows and suspends else None,
        "pause": pause_of_invoice(row, today=today, tells_private=tells_private),
    }


def pause_of_invoice(row: Mapping[str, Any], *, today: date, tells_private: bool) -> DunningPauseShape | None:
    """This function will return the pause of an invoice's reminders that nobody ended, if there is one; why and by whom
    is private.
    """
    pauses = queries.pauses_of([row["customer_id"]]).get(row["customer_id"], [])
    own = next((each for each in reversed(pauses) if each.invoice_id == row["id"]), None)
    return None if own is None else _pause(own, open_minor=row["open_minor"], today=today, tells_private=tells_private)


def pause_of_customer(customer_id: UUID, *, tells_private: bool) -> DunningPauseShape | None:
    """This function will return the pause of all reminders of a customer, if there is one; why and by whom is
    private.
    """
    pauses = queries.pauses_of([customer_id]).get(customer_id, [])
    found = next((each for each in pauses if each.invoice_id is None), None)
    return None if found is None else _pause(found, open_minor=0, today=None, tells_private=tells_private)


def _late_fee(fee: LateFeeFacts | None, numbers: Mapping[UUID, str]) -> LateFeeShape | None:
    if fee is None:
        return None
    return {
        "invoice": public_id(INVOICE, fee.invoice_id),
        "number": numbers[fee.invoice_id],
        "currency": fee.currency,
        "fee_minor": fee.fee_minor,
    }


def _pause(facts: PauseFacts, *, open_minor: int, today: date | None, tells_private: bool) -> DunningPauseShape:
    outcome = "waiting" if today is None or facts.holds(today) else "over"
    if facts.promised_minor is not None:
        is_kept = facts.is_kept(open_minor=open_minor, tolerance_minor=settings_store.get(TOLERANCE))
        outcome = "kept" if is_kept else outcome
        outcome = "broken" if outcome == "over" else outcome
    return {
        "until_date": day(facts.until_date),
        "reason": facts.reason if tells_private else "",
        "promised_minor": facts.promised_minor,
        "outcome": outcome,
        "created_at": moment(facts.created_at),
        "created_by": facts.created_by if tells_private else "",
    }
