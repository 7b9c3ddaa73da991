"""Dunning plans: made and changed level by level, and chosen for the business, a customer or a billing group (E9)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tallystick.catalog.operations import Archived
from tallystick.catalog.queries import tax_rate
from tallystick.customers import queries as customers
from tallystick.dunning import operations, queries
from tallystick.dunning.decisions import Channel
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.permissions import Actor
from tallystick.money.amounts import plain_decimal
from tallystick.usecases.frame import require_own, require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire.dunning import (
    DEFAULT,
    NONE,
    DunningPlanShape,
    PlanChoiceShape,
    choice_shape,
    one_plan,
    plan_shape,
)
from tallystick.wire.ids import dunning_plan_id_of


@use_case(Permission.CHANGE_SETTINGS)
def create_plan(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    grace_days: int | None = None,
    fee_tax_rate_id: UUID | None = None,
    idempotency_key: str | None = None,
) -> DunningPlanShape:
    """This function will make a plan without levels and return it; until it is chosen it reminds nobody. Its late fees
    are taxed at a rate, or, without one, not at all.

    Raises:
        InvalidField, PlanNameTaken: when the name or the days cannot be used.
        NotFound, Archived: when there is no such tax rate, or it cannot be chosen any more.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_SETTINGS)
    refuse_card_numbers(name=name)
    _require_rate(fee_tax_rate_id)
    plan_id = operations.create_plan(name=name.strip(), grace_days=grace_days, fee_tax_rate_id=fee_tax_rate_id, at=at)
    shape = one_plan(plan_id)
    audit.record(
        actor=actor, at=at, action="create_dunning_plan", kind="dunning_plan", object_id=plan_id, after=_facts(shape)
    )
    return shape


@use_case(Permission.CHANGE_SETTINGS)
def change_plan(
    *,
    actor: Actor,
    at: datetime,
    plan_id: UUID,
    name: str,
    grace_days: int | None,
    fee_tax_rate_id: UUID | None = None,
    idempotency_key: str | None = None,
) -> DunningPlanShape:
    """This function will name a plan anew, and say how many days after its last reminder services are suspended, and at
    which rate its late fees are taxed; None is not at all.

    Raises:
        NotFound, InvalidField, PlanNameTaken: when there is no such plan, or the name or the days cannot be used.
        NotFound, Archived: when there is no such tax rate, or it cannot be chosen any more.
    """
    del idempotency_key
    refuse_card_numbers(name=name)
    if fee_tax_rate_id != queries.plan(plan_id).fee_tax_rate_id:
        _require_rate(fee_tax_rate_id)
    return _changed(
        plan_id,
        lambda: operations.change_plan(
            plan_id, name=name.strip(), grace_days=grace_days, fee_tax_rate_id=fee_tax_rate_id
        ),
        action="change_dunning_plan",
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_SETTINGS)
def set_level(
    *,
    actor: Actor,
    at: datetime,
    plan_id: UUID,
    days: int,
    pay_by_days: int | None = None,
    texts: Mapping[str, str] | None = None,
    fees: Mapping[str, int] | None = None,
    channel: str = Channel.MAIL,
    idempotency_key: str | None = None,
) -> DunningPlanShape:
    """This function will put a reminder into a plan, so many days after the due date, in the place of the one on the
    same day. `texts` are the business's own words by language; where there are none, ours are written. `fees` is what
    it adds to what is owed (J60), in minor units by currency; `channel` is `mail`, `letter` or `both`.

    Raises:
        NotFound, InvalidField: when there is no such plan, or the days, texts, fees or the channel cannot be used.
    """
    del idempotency_key
    own = {language: text.replace("\r\n", "\n").strip() for language, text in (texts or {}).items()}
    refuse_card_numbers(**{f"text_{language}": text for language, text in own.items()})
    return _changed(
        plan_id,
        lambda: operations.set_level(
            plan_id, days=days, pay_by_days=pay_by_days, texts=own, fees=fees, channel=channel
        ),
        action="set_dunning_level",
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_SETTINGS)
def remove_level(
    *, actor: Actor, at: datetime, plan_id: UUID, days: int, idempotency_key: str | None = None
) -> DunningPlanShape:
    """This function will take a reminder out of a plan; whoever got it before keeps it.

    Raises:
        NotFound: when there is no such plan, or no such level in it.
    """
    del idempotency_key
    return _changed(
        plan_id,
        lambda: operations.remove_level(plan_id, days=days),
        action="remove_dunning_level",
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_SETTINGS)
def archive_plan(*, actor: Actor, at: datetime, plan_id: UUID, idempotency_key: str | None = None) -> DunningPlanShape:
    """This function will put a plan away that counts for nobody, so that it cannot be chosen any more.

    Raises:
        NotFound: when there is no such plan, or it is archived.
        PlanInUse: when it is the default one, or chosen for a customer or a group.
    """
    del idempotency_key
    return _changed(
        plan_id,
        lambda: operations.archive_plan(plan_id, at=at),
        action="archive_dunning_plan",
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_SETTINGS)
def choose_default_plan(
    *, actor: Actor, at: datetime, plan_id: UUID | None, idempotency_key: str | None = None
) -> list[DunningPlanShape]:
    """This function will choose the plan of whoever has no other, and return all plans; None is that nobody is reminded
    by itself (E9).

    Raises:
        NotFound: when there is no such plan.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_SETTINGS)
    before = next((each for each in queries.plans() if each.is_default), None)
    operations.choose_default(plan_id)
    found = queries.plans()
    after = next((each for each in found if each.is_default), None)
    told = after or before
    if told is not None:
        audit.record(
            actor=actor,
            at=at,
            action="choose_default_plan",
            kind="dunning_plan",
            object_id=told.id,
            before={"default": "" if before is None else before.name},
            after={"default": "" if after is None else after.name},
        )
    return [plan_shape(each) for each in found]


@use_case(Permission.EDIT_CUSTOMERS)
def choose_for_customer(
    *, actor: Actor, at: datetime, customer_id: UUID, choice: str, idempotency_key: str | None = None
) -> PlanChoiceShape:
    """This function will choose by which plan a customer is reminded: the id of one, `default`, or `none` for never.

    Raises:
        NotFound: when there is no such customer or plan.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    customers.customer(customer_id)
    return _choose("customer", customer_id, choice, actor=actor, at=at, customer_id=customer_id)


@use_case(Permission.CHANGE_GROUPS)
def choose_for_group(
    *, actor: Actor, at: datetime, group_id: UUID, choice: str, idempotency_key: str | None = None
) -> PlanChoiceShape:
    """This function will choose by which plan the payer of a billing group is reminded of its invoices, whatever plan
    the payer has else: the id of one, `default` for the payer's, or `none` for never.

    Raises:
        NotFound: when there is no such group or plan.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_GROUPS)
    customers.group(group_id)
    return _choose("billing_group", group_id, choice, actor=actor, at=at, group_id=group_id)


def _choose(kind: str, object_id: UUID, choice: str, *, actor: Actor, at: datetime, **of: UUID) -> PlanChoiceShape:
    before = choice_shape(**of)
    if choice == DEFAULT:
        operations.choose_usual_for(**of)
    else:
        operations.choose_for(**of, plan_id=None if choice == NONE else dunning_plan_id_of(choice))
    after = choice_shape(**of)
    audit.record(
        actor=actor,
        at=at,
        action="choose_dunning_plan",
        kind=kind,
        object_id=object_id,
        before={"dunning_plan": _name(before)},
        after={"dunning_plan": _name(after)},
    )
    return after


def _require_rate(rate_id: UUID | None) -> None:
    if rate_id is not None and tax_rate(rate_id).is_archived:
        raise Archived(kind="tax rate")


def _name(shape: PlanChoiceShape) -> str:
    return "" if shape["plan"] is None else shape["plan"]["name"]


def _changed(plan_id: UUID, change: Callable[[], None], *, action: str, actor: Actor, at: datetime) -> DunningPlanShape:
    require_unscoped(actor, Permission.CHANGE_SETTINGS)
    before = one_plan(plan_id)
    change()
    after = one_plan(plan_id)
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="dunning_plan",
        object_id=plan_id,
        before=_facts(before),
        after=_facts(after),
    )
    return after


def _facts(shape: DunningPlanShape) -> dict[str, Any]:
    """A plan as the audit keeps it: a fact for each level, so that what changed is told alone."""
    levels = {
        f"level {each['days']}": ", ".join(
            [
                each["channel"],
                f"pay by {each['pay_by_days']}" if each["pay_by_days"] else "pay at once",
                *(f"fee {plain_decimal(of['fee_minor'], of['currency'])} {of['currency']}" for of in each["fees"]),
                *each["texts"].values(),
            ]
        )
        for each in shape["levels"]
    }
    kept = {name: shape[name] for name in ("name", "grace_days", "fee_tax_rate", "is_archived")}
    return {**kept, **levels}
