"""How customers subscribe in the story, and what becomes of it: pauses, other plans, early ends, groups that pay."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import cycle
from typing import Final
from uuid import UUID

from tallystick.interfaces.cli.demo_data.cast import Plan
from tallystick.interfaces.cli.demo_data.catalog import in_currency, tax_category
from tallystick.interfaces.cli.demo_data.story import Role, Story
from tallystick.usecases import change_plan, grouping, subscribe, unsubscribe
from tallystick.wire.ids import billing_group_id_of, subscription_id_of

# What becomes of a first subscription, customer after customer, and again from the start; the most just go on.
FATES: Final = (
    *("paused", "paused_until", "resumed", "more", "less", "yearly", "renewal"),
    *("left", "left_later", "over", "suspended", *("",) * 11),
)
# How many days ago it happens at most and at least; who was there long enough has a fate.
_AGO: Final = {"paused": (20, 8), "paused_until": (200, 100), "resumed": (200, 90), "renewal": (90, 3)}
_AGO_ELSE: Final = (160, 5)
_FATED_MONTHS: Final = 8
# Who breaks a contract pays so many months.
_FEE_MONTHS: Final = 2
# What was offered in the last days is still thought about, or tried.
_OFFER_DAYS: Final = 10
_OFFERS: Final = 16
_TRIAL_DAYS: Final = 30
# How many days ago the groups were made, and how many members each has at most.
_GROUP_DAYS: Final = 430
_MEMBERS: Final = 7
_REASONS: Final = ("Business was given up", "Moves abroad", "Found a cheaper one", "No longer needed")


@dataclass(frozen=True)
class Subscribing:
    """The part of the story that makes subscriptions."""

    story: Story

    def tell(self, heads: list[Role], roles: list[Role]) -> None:
        """This function will let customers come and subscribe, and two groups be made, of which one pays for each."""
        story = self.story
        businesses = [
            role
            for role in roles
            if (role.person.kind, role.person.currency) == ("business", "EUR") and role.person.months_ago >= 4
        ]
        size = min(_MEMBERS, len(businesses) // 2)
        members = businesses[: 2 * size]
        fated = [role for role in roles if role not in members and role.person.months_ago >= _FATED_MONTHS]
        for role, fate in zip(fated, cycle(FATES), strict=False):
            role.fate = fate
        for role in (*heads, *roles):
            story.add(story.begins(role.person), partial(self._come, role))
        for number, head in enumerate(heads):
            made = story.stage.today - timedelta(days=_GROUP_DAYS - 60 * number)
            joining = members[number * size : (number + 1) * size]
            story.add(made, partial(self._make_group, head, joining, 1 if number == 0 else 15))
        # Who thinks about one thing more, and who tries it.
        for trial_days, first in ((None, _OFFERS // 4), (_TRIAL_DAYS, _OFFERS // 2)):
            for role in roles[first::_OFFERS]:
                plan = replace(role.person.plans[0], trial_days=trial_days)
                day = story.stage.today - timedelta(days=story.random.randint(0, _OFFER_DAYS))
                story.add(
                    max(day, story.begins(role.person)),
                    partial(self._subscribe, role, plan, is_offer=trial_days is None),
                )

    def _come(self, role: Role, at: datetime) -> None:
        story, person = self.story, role.person
        story.enrol(role, at)
        for number, plan in enumerate(person.plans):
            day = story.day + timedelta(days=plan.after_days)
            if number == 0 and role.fate:
                # It lives long enough for that to happen; whoever leaves breaks a contract, and "over" is its end.
                months = {"left": 36, "over": person.months_ago - 3}.get(role.fate)
                fated = replace(plan, contract_months=months, trial_days=None)
                story.add(day, partial(self._subscribe_fated, role, fated))
            else:
                story.add(day, partial(self._subscribe, role, plan))

    def _subscribe(self, role: Role, plan: Plan, at: datetime, *, is_offer: bool = False) -> UUID:
        story, person = self.story, role.person
        fee = in_currency(plan.rented.cents, person.currency) * plan.quantity * _FEE_MONTHS
        made = subscribe.create_subscription(
            actor=story.stage.staff,
            at=at,
            customer_id=role.id,
            price_id=self._price(role, plan, plan.every_months),
            start_date=story.day + timedelta(days=10) if is_offer else story.day,
            quantity=Decimal(plan.quantity),
            trial_days=plan.trial_days,
            billing_day=person.billing_day,
            contract_months=plan.contract_months,
            collection="manual" if plan.is_manual else "autopay",
            early_return_fee_minor=fee if plan.contract_months else None,
            remark=story.random.choice(("", "", "", "Asked for the quieter model", "Delivery to the back door")),
        )
        subscription_id = subscription_id_of(made["id"])
        if not is_offer:
            subscribe.activate_subscription(actor=story.stage.staff, at=at, subscription_id=subscription_id)
            story.is_billed = True
        return subscription_id

    def _subscribe_fated(self, role: Role, plan: Plan, at: datetime) -> None:
        story = self.story
        subscription_id = self._subscribe(role, plan, at)
        yearly = 12 if plan.every_months < 12 else 1
        acts = {
            "paused": partial(self._pause, subscription_id, None),
            "paused_until": partial(self._pause, subscription_id, story.random.randint(20, 75)),
            "resumed": partial(self._pause_and_resume, subscription_id),
            "more": partial(self._change, subscription_id, Decimal(plan.quantity + 2), None, change_plan.NOW),
            "less": partial(self._lessen, role, plan, subscription_id),
            "yearly": partial(self._change, subscription_id, None, self._price(role, plan, yearly), change_plan.NOW),
            "renewal": partial(self._change, subscription_id, Decimal(plan.quantity + 1), None, change_plan.RENEWAL),
            "left": partial(self._cancel, subscription_id, unsubscribe.NOW),
            "left_later": partial(self._cancel, subscription_id, unsubscribe.PERIOD_END),
            "suspended": partial(self._suspend, subscription_id),
        }
        if role.fate in acts:
            most, least = _AGO.get(role.fate, _AGO_ELSE)
            day = story.stage.today - timedelta(days=story.random.randint(least, most))
            story.add(day, partial(self._bring, acts[role.fate]))

    def _bring(self, act: Callable[[datetime], None], at: datetime) -> None:
        act(at)
        self.story.is_billed = True

    def _pause(self, subscription_id: UUID, days: int | None, at: datetime) -> None:
        until = None if days is None else self.story.day + timedelta(days=days)
        subscribe.pause_subscription(
            actor=self.story.stage.staff, at=at, subscription_id=subscription_id, resume_date=until
        )

    def _pause_and_resume(self, subscription_id: UUID, at: datetime) -> None:
        self._pause(subscription_id, None, at)
        resumes = self.story.day + timedelta(days=self.story.random.randint(30, 80))
        self.story.add(resumes, partial(self._resume, subscription_id))

    def _resume(self, subscription_id: UUID, at: datetime) -> None:
        subscribe.resume_subscription(actor=self.story.stage.staff, at=at, subscription_id=subscription_id)

    def _lessen(self, role: Role, plan: Plan, subscription_id: UUID, at: datetime) -> None:
        """One device less; who has one only pays from now on by the month, or by the quarter."""
        if plan.quantity > 1:
            self._change(subscription_id, Decimal(plan.quantity - 1), None, change_plan.NOW, at)
        else:
            other = 3 if plan.every_months == 1 else 1
            self._change(subscription_id, None, self._price(role, plan, other), change_plan.RENEWAL, at)

    def _change(
        self, subscription_id: UUID, quantity: Decimal | None, price_id: UUID | None, when: str, at: datetime
    ) -> None:
        staff = self.story.stage.staff
        told = change_plan.preview_change(
            actor=staff, at=at, subscription_id=subscription_id, price_id=price_id, quantity=quantity, when=when
        )
        change_plan.change_plan(
            actor=staff,
            at=at,
            subscription_id=subscription_id,
            preview=told["preview"],
            price_id=price_id,
            quantity=quantity,
            when=when,
        )

    def _cancel(self, subscription_id: UUID, when: str, at: datetime) -> None:
        staff = self.story.stage.staff
        credits_unused = when == unsubscribe.NOW
        told = unsubscribe.preview_cancel(
            actor=staff, at=at, subscription_id=subscription_id, when=when, credits_unused=credits_unused
        )
        unsubscribe.cancel_subscription(
            actor=staff,
            at=at,
            subscription_id=subscription_id,
            reason=self.story.random.choice(_REASONS),
            preview=told["preview"],
            when=when,
            credits_unused=credits_unused,
        )

    def _suspend(self, subscription_id: UUID, at: datetime) -> None:
        subscribe.suspend_subscription(
            actor=self.story.stage.staff, at=at, subscription_id=subscription_id, reason="Reminded three times"
        )

    def _price(self, role: Role, plan: Plan, months: int) -> UUID:
        person = role.person
        category = tax_category(person.currency, person.kind)
        return self.story.stage.offer.price(plan.rented, person.currency, months, category)

    def _make_group(self, head: Role, members: list[Role], billing_day: int, at: datetime) -> None:
        story = self.story
        made = grouping.create_group(
            actor=story.stage.staff, at=at, name=head.person.name, billing_day=billing_day, payer_id=head.id
        )
        group_id = billing_group_id_of(made["id"])
        for number, member in enumerate(members):
            there = max(story.day, story.begins(member.person) + timedelta(days=5))
            joins = there + timedelta(days=story.random.randint(0, 40))
            if number == len(members) - 1:
                # The last one joined only now.
                joins = max(joins, story.stage.today - timedelta(days=25))
            story.add(joins, partial(self._join, group_id, member))
            if number == 0:
                story.add(self._leaves(joins), partial(self._leave, group_id, member))

    def _leaves(self, joined: date) -> date:
        return joined + (self.story.stage.today - joined) * 3 // 4

    def _join(self, group_id: UUID, member: Role, at: datetime) -> None:
        grouping.add_member(actor=self.story.stage.staff, at=at, group_id=group_id, customer_id=member.id)

    def _leave(self, group_id: UUID, member: Role, at: datetime) -> None:
        grouping.remove_member(actor=self.story.stage.staff, at=at, group_id=group_id, customer_id=member.id)
