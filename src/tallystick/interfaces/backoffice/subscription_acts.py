"""What leads a subscription from one state to another: each a form on a page of its own, or in a dialog of its page."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, amount_text, day_text, last_day, period_text
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.backoffice.subscription_forms import PauseForm, ResumeForm, SuspendForm
from tallystick.subscriptions import queries
from tallystick.subscriptions.proration import Upcoming
from tallystick.usecases import subscribe
from tallystick.usecases.roles import Permission


@page(Permission.CHANGE_SUBSCRIPTIONS)
def activate(request: StaffRequest, public: str) -> HttpResponse:
    """This function will activate a draft, after saying what that issues."""
    row = _row(public)
    act = Act(
        title=_("Activate %(number)s?") % row,
        lead=_("%(plan)s for %(name)s") % {"plan": row["description"], "name": row["customer__name"]},
        submit=_("Activate"),
        back=_back(row),
        happens=_activation(row, today=request.today) if row["state"] == "draft" else [],
        done=_("The subscription is activated."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: subscribe.activate_subscription(**asked(request), subscription_id=row["id"]),
    )


@page(Permission.CHANGE_SUBSCRIPTIONS)
def pause(request: StaffRequest, public: str) -> HttpResponse:
    """This function will pause a subscription."""
    row = _row(public)
    act = Act(
        title=_("Pause %(number)s") % row,
        submit=_("Pause"),
        back=_back(row),
        happens=[
            _("No period begins during the pause. What is billed runs on."),
            _("A contract ends on the day on which it would have ended."),
        ],
        done=_("The pause is noted."),
    )
    return carry_out(
        request,
        act,
        PauseForm(request.POST or None, today=request.today),
        lambda told: subscribe.pause_subscription(**asked(request), subscription_id=row["id"], **told),
    )


@page(Permission.CHANGE_SUBSCRIPTIONS)
def resume(request: StaffRequest, public: str) -> HttpResponse:
    """This function will resume a paused subscription; a pause that is still to come is withdrawn."""
    row = _row(public)
    act = Act(
        title=_("Resume %(number)s") % row,
        submit=_("Resume"),
        back=_back(row),
        happens=[
            _("When the billed days are over by then, the next period begins on that day: a part of one, by its days.")
        ],
        done=_("The service goes on.") if row["state"] == "paused" else _("The pause is withdrawn."),
    )
    return carry_out(
        request,
        act,
        ResumeForm(request.POST or None, today=request.today),
        lambda told: subscribe.resume_subscription(**asked(request), subscription_id=row["id"], **told),
    )


@page(Permission.CHANGE_SUBSCRIPTIONS)
def suspend(request: StaffRequest, public: str) -> HttpResponse:
    """This function will suspend the service of a subscription."""
    row = _row(public)
    act = Act(
        title=_("Suspend the service of %(number)s?") % row,
        submit=_("Suspend service"),
        tone="danger",
        back=_back(row),
        happens=[_("The customer gets no service until the suspension is lifted. It goes on to be billed.")],
        done=_("The service is suspended."),
    )
    return carry_out(
        request,
        act,
        SuspendForm(request.POST or None),
        lambda told: subscribe.suspend_subscription(**asked(request), subscription_id=row["id"], **told),
    )


@page(Permission.CHANGE_SUBSCRIPTIONS)
def lift(request: StaffRequest, public: str) -> HttpResponse:
    """This function will lift a suspension."""
    row = _row(public)
    act = Act(
        title=_("Lift the suspension of %(number)s?") % row,
        submit=_("Lift suspension"),
        back=_back(row),
        happens=[_("The customer gets the service again.")],
        done=_("The suspension is lifted."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: subscribe.lift_suspension(**asked(request), subscription_id=row["id"]),
    )


def _row(public: str) -> Row:
    return queries.subscription(addresses.subscription_id_of(public))


def _back(row: Row) -> str:
    return addresses.subscription_url(row["id"])


def _activation(row: Row, *, today: date) -> list[str]:
    """What activating a draft issues, a sentence each."""
    coming = iter(queries.periods_to_come(row))
    first = next(coming, None)
    if first is None:
        return []
    told = [_first_bill(row, first, today=today)]
    if row["start_date"] < row["billing_start_date"] and today < row["billing_start_date"]:
        told.insert(0, _("The trial runs until %(day)s.") % {"day": day_text(last_day(row["billing_start_date"]))})
    if row["end_date"] is None:
        return [*told, _("Bills follow period by period, until it is cancelled.")]
    rest = sum(1 for _each in coming)
    if rest:
        follow = ngettext(
            "%(count)s more bill follows, until %(day)s.", "%(count)s more bills follow, until %(day)s.", rest
        )
        told.append(follow % {"count": rest, "day": day_text(last_day(row["end_date"]))})
    return told


def _first_bill(row: Row, first: Upcoming, *, today: date) -> str:
    facts = {
        "amount": amount_text(first.total_minor, row["currency"]),
        "period": period_text(first.period.start, first.period.end),
        "day": day_text(first.period.start),
    }
    if group := customers.group_of(row["customer_id"], on=row["billing_start_date"]):
        line = _("%(amount)s for %(period)s stands on the next invoice of the billing group %(group)s.")
        return line % {**facts, "group": group["name"]}
    if today < row["billing_start_date"]:
        return _("Nothing is billed today. The first bill, %(amount)s, comes on %(day)s.") % facts
    due = today + timedelta(days=customers.customer(row["customer_id"])["terms_days"])
    line = _("An invoice of %(amount)s for %(period)s is issued today, mailed, and due on %(due)s.")
    return line % {**facts, "due": day_text(due)}
