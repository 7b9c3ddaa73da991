"""Dunning plans: when payers are reminded, in which words, and when services are suspended."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tallystick.customers import queries as customers
from tallystick.dunning import queries
from tallystick.dunning.decisions import Level
from tallystick.dunning.queries import PlanFacts
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.audit import history_of_kinds
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.dunning_forms import CHANNELS, ChoiceForm, LevelForm, PlanForm
from tallystick.interfaces.backoffice.naming import amount_text
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.usecases import dunning_plans
from tallystick.usecases.notify_reminder import sample
from tallystick.usecases.roles import Permission
from tallystick.wire.builders import TAX_RATE
from tallystick.wire.dunning import DUNNING_PLAN, NONE, choice_shape
from tallystick.wire.ids import billing_group_id_of, dunning_plan_id_of


@require_safe
@page()
def plan_list(request: StaffRequest) -> HttpResponse:
    """This function will show every plan with its reminders, and say when nobody is reminded by itself (E9)."""
    may = request.actor.may(Permission.CHANGE_SETTINGS)
    found = queries.plans()
    context = {
        "plans": [_shown(each, may=may) for each in found],
        "has_default": any(each.is_default for each in found),
        "history": history_of_kinds(request, "dunning_plan"),
        "add": Link(label=_("Add plan"), url=reverse("office:new-dunning-plan"), icon="plus") if may else None,
        "choose": Link(label=_("Choose the default plan"), url=reverse("office:default-dunning-plan"), icon="check")
        if may
        else None,
    }
    return render(request, "backoffice/dunning.html", context)


@require_safe
@page()
def preview(request: StaffRequest, public: str, days: str) -> HttpResponse:
    """This function will show the mail of a reminder as its readers get it, in each language."""
    plan = queries.plan(dunning_plan_id_of(public))
    level = _level(plan, days)
    mails = [(_(name), code, sample(plan, level, locale=code)) for code, name in settings.LANGUAGES]
    context = {
        "plan": plan,
        "when": when_words(level.days),
        "mails": [{"language": name, "code": code, "content": content} for name, code, content in mails],
    }
    return render(request, "backoffice/dunning_preview.html", context)


@page(Permission.CHANGE_SETTINGS)
def new_plan(request: StaffRequest) -> HttpResponse:
    """This function will add a plan."""
    act = Act(
        title=_("Add a dunning plan"),
        lead=_("It reminds nobody until it has reminders and is chosen."),
        submit=_("Add plan"),
        back=reverse("office:dunning"),
        done=_("The plan is added."),
    )
    form = PlanForm(request.POST or None)
    return carry_out(request, act, form, lambda _told: dunning_plans.create_plan(**asked(request), **form.told()))


@page(Permission.CHANGE_SETTINGS)
def edit_plan(request: StaffRequest, public: str) -> HttpResponse:
    """This function will change a plan's name and its days of grace."""
    plan = queries.plan(dunning_plan_id_of(public))
    initial = {
        "name": plan.name,
        "grace_days": plan.rules.grace_days,
        "fee_tax_rate": "" if plan.fee_tax_rate_id is None else public_id(TAX_RATE, plan.fee_tax_rate_id),
    }
    form = PlanForm(request.POST or None, initial=initial)
    return carry_out(
        request,
        _plan_act(_("Edit %(name)s") % {"name": plan.name}),
        form,
        lambda _told: dunning_plans.change_plan(**asked(request), plan_id=plan.id, **form.told()),
    )


@page(Permission.CHANGE_SETTINGS)
def archive_plan(request: StaffRequest, public: str) -> HttpResponse:
    """This function will put a plan away, after saying what that means."""
    plan = queries.plan(dunning_plan_id_of(public))
    act = Act(
        title=_("Archive %(name)s?") % {"name": plan.name},
        lead=_("A plan that counts for nobody can be put away."),
        submit=_("Archive plan"),
        tone="danger",
        back=reverse("office:dunning"),
        happens=[_("It cannot be chosen any more. Whoever was reminded by it stays so.")],
        done=_("The plan is archived."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: dunning_plans.archive_plan(**asked(request), plan_id=plan.id),
    )


@page(Permission.CHANGE_SETTINGS)
def set_level(request: StaffRequest, public: str, days: str = "") -> HttpResponse:
    """This function will add a reminder to a plan, or change the one of some day."""
    plan = queries.plan(dunning_plan_id_of(public))
    initial: dict[str, Any] = {}
    if days:
        level = _level(plan, days)
        own = {f"text_{code}": text for code, text in plan.texts[level.days].items()}
        initial = {
            "days": level.days,
            "pay_by_days": level.pay_by_days,
            "fees": level.fees,
            "channel": plan.channels[level.days],
            **own,
        }
    form = LevelForm(request.POST or None, initial=initial)
    title = _("Change a reminder of %(name)s") if days else _("Add a reminder to %(name)s")
    return carry_out(
        request,
        _plan_act(title % {"name": plan.name}),
        form,
        lambda _told: dunning_plans.set_level(**asked(request), plan_id=plan.id, **form.told()),
    )


@page(Permission.CHANGE_SETTINGS)
def remove_level(request: StaffRequest, public: str, days: str) -> HttpResponse:
    """This function will take a reminder out of a plan, after saying what that means."""
    plan = queries.plan(dunning_plan_id_of(public))
    number = _number(days)
    act = Act(
        title=_("Remove this reminder?"),
        lead=f"{plan.name}: {when_words(number)}",
        submit=_("Remove reminder"),
        tone="danger",
        back=reverse("office:dunning"),
        happens=[_("Nobody gets it any more. Whoever got it before keeps it.")],
        done=_("The reminder is removed."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: dunning_plans.remove_level(**asked(request), plan_id=plan.id, days=number),
    )


@page(Permission.CHANGE_SETTINGS)
def choose_default(request: StaffRequest) -> HttpResponse:
    """This function will choose the plan of whoever has no other."""
    current = next((each for each in queries.plans() if each.is_default), None)
    initial = {"choice": NONE if current is None else public_id(DUNNING_PLAN, current.id)}
    act = Act(
        title=_("Choose the default plan"),
        lead=_("It counts for every customer and billing group that has no choice of its own, from the next run on."),
        happens=[_("Invoices that are late already get the newest reminder that is due, and none of those before it.")],
        submit=_("Save"),
        back=reverse("office:dunning"),
        done=_("The default plan is chosen."),
    )
    return carry_out(
        request,
        act,
        ChoiceForm(request.POST or None, initial=initial, usual=""),
        lambda told: dunning_plans.choose_default_plan(
            **asked(request), plan_id=None if told["choice"] == NONE else dunning_plan_id_of(told["choice"])
        ),
    )


@page(Permission.EDIT_CUSTOMERS)
def choose_for_customer(request: StaffRequest, public: str) -> HttpResponse:
    """This function will choose by which plan a customer is reminded."""
    customer_id = addresses.customer_id_of(public)
    name = customers.customer(customer_id)["name"]
    form = ChoiceForm(request.POST or None, initial=choice_shape(customer_id=customer_id), usual=_("The default plan"))
    return carry_out(
        request,
        _choice_act(name, back=addresses.customer_url(customer_id)),
        form,
        lambda told: dunning_plans.choose_for_customer(**asked(request), customer_id=customer_id, **told),
    )


@page(Permission.CHANGE_GROUPS)
def choose_for_group(request: StaffRequest, public: str) -> HttpResponse:
    """This function will choose by which plan the payer of a group is reminded of its invoices."""
    group_id: UUID = billing_group_id_of(public)
    name = customers.group(group_id)["name"]
    form = ChoiceForm(request.POST or None, initial=choice_shape(group_id=group_id), usual=_("As its payer"))
    return carry_out(
        request,
        _choice_act(name, back=reverse("office:group", args=[public])),
        form,
        lambda told: dunning_plans.choose_for_group(**asked(request), group_id=group_id, **told),
    )


def when_words(days: int) -> str:
    """This function will say when a reminder is sent."""
    if days == 0:
        return _("On the due date")
    if days < 0:
        return ngettext("%(days)d day before the due date", "%(days)d days before the due date", -days) % {
            "days": -days
        }
    return ngettext("%(days)d day after the due date", "%(days)d days after the due date", days) % {"days": days}


def _shown(plan: PlanFacts, *, may: bool) -> dict[str, Any]:
    public = public_id(DUNNING_PLAN, plan.id)

    def act(label: str, name: str, *arguments: Any, icon: str) -> Link | None:
        return Link(label=label, url=reverse(f"office:{name}", args=[public, *arguments]), icon=icon) if may else None

    return {
        "plan": plan,
        "edit": act(_("Edit"), "edit-dunning-plan", icon="pencil"),
        "archive": None if plan.is_default else act(_("Archive"), "archive-dunning-plan", icon="trash"),
        "add": act(_("Add reminder"), "new-dunning-level", icon="plus"),
        "levels": [
            {
                "when": when_words(each.days),
                "pay_by_days": each.pay_by_days,
                "channel": CHANNELS[plan.channels[each.days]],
                "fees": [amount_text(minor, currency) for currency, minor in sorted(each.fees.items())],
                "languages": [_(name) for code, name in settings.LANGUAGES if plan.texts[each.days].get(code)],
                "preview": reverse("office:preview-reminder", args=[public, each.days]),
                "change": act(_("Change"), "dunning-level", each.days, icon="pencil"),
                "remove": act(_("Remove"), "remove-dunning-level", each.days, icon="trash"),
            }
            for each in plan.rules.levels
        ],
    }


def _plan_act(title: str) -> Act:
    return Act(title=title, submit=_("Save"), back=reverse("office:dunning"), done=_("The plan is saved."))


def _choice_act(name: str, *, back: str) -> Act:
    return Act(
        title=_("Dunning plan of %(name)s") % {"name": name},
        lead=_(
            "It counts from the next run on. Invoices of a billing group go by the group's own plan, if it has one."
        ),
        submit=_("Save"),
        back=back,
        done=_("The dunning plan is chosen."),
    )


def _number(days: str) -> int:
    try:
        return int(days)
    except ValueError:
        raise NotFound(kind="level") from None


def _level(plan: PlanFacts, days: str) -> Level:
    found = next((each for each in plan.rules.levels if each.days == _number(days)), None)
    if found is None:
        raise NotFound(kind="level")
    return found
