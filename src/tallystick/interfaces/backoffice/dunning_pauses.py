"""What was told of an open invoice and what comes next, on its page; reminders paused, promised and resumed (E22)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.correspondence.letters import DROPPED, letters_about
from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.dunning import when_words
from tallystick.interfaces.backoffice.letters import STATES, letter_url
from tallystick.interfaces.backoffice.naming import Row, amount_text, day_text
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.kit.forms import DateField, KitForm, MoneyField
from tallystick.invoices import queries
from tallystick.invoices.states import ISSUED
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.usecases import dunning_pauses
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.dunning import DunningPauseShape, LateFeeShape, pause_of_customer

_STOPS = {
    "no_plan": gettext_lazy("Nobody is reminded of it by itself: no dunning plan counts."),
    "in_progress": gettext_lazy("Nobody is reminded of it while a payment is under way."),
    "disputed": gettext_lazy("Nobody is reminded of it while a payment is disputed."),
    "paused": gettext_lazy("Its reminders are paused."),
    "with_late": gettext_lazy("Nobody is reminded of it by itself: the reminders of that invoice name it."),
    "autopay": gettext_lazy("Nobody is reminded of it: it is still to be charged automatically."),
}
_OUTCOMES = {
    "waiting": gettext_lazy("Promised, and waited for"),
    "kept": gettext_lazy("Promise kept"),
    "broken": gettext_lazy("Promise broken: reminders go on"),
}


class PauseForm(KitForm):
    """Why, and until when."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until_date"] = DateField(
            label=_("Until and including"), required=False, help_text=_("Empty until somebody resumes them.")
        )


class PromiseForm(KitForm):
    """What a payer promised, and by when."""

    def __init__(self, *args: Any, row: Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pay_date"] = DateField(label=_("Payment by"))
        self.fields["amount"] = MoneyField(label=_("Amount"), currencies=[row["currency"]])
        self.fields["note"] = forms.CharField(label=_("Note"), max_length=200, required=False)


def reminders_of(request: StaffRequest, row: Row) -> dict[str, Any] | None:
    """This function will return what was told of an invoice and what comes, as its page shows it; None for one that
    nobody owes and nobody was reminded of.
    """
    if row["state"] != ISSUED:
        return None
    shape = dunning_pauses.dunning_of(row["id"], today=request.today, tells_private=True)
    if shape["stop"] == "settled" and not shape["reminders"]:
        return None
    pause, coming = shape["pause"], shape["coming_reminders"]
    return {
        "told": [
            {
                "when": when_words(each["days"]),
                "date": date.fromisoformat(each["reminder_date"]),
                "fee": _fee(each["late_fee"]),
            }
            for each in shape["reminders"]
        ],
        "letters": [
            {
                "url": letter_url(each["id"]) if each["state"] != DROPPED else "",
                "state": STATES[each["state"]],
                "written_at": each["written_at"],
            }
            for each in letters_about(row["id"])
        ],
        "stop": _STOPS.get(shape["stop"]),
        "next_fee": next(
            (amount_text(each["fee_minor"], row["currency"]) for each in coming[:1] if each["fee_minor"]), ""
        ),
        "late": _late(shape["late_fee_for"]),
        "next_date": _day(shape["next_reminder_date"]),
        "suspension_date": _day(shape["suspension_date"]),
        "pause": pause,
        "until_date": None if pause is None else _day(pause["until_date"]),
        "outcome": "" if pause is None or pause["promised_minor"] is None else _OUTCOMES[pause["outcome"]],
        "promised": ""
        if pause is None or pause["promised_minor"] is None
        else amount_text(pause["promised_minor"], row["currency"]),
        "charged": _charged_of(row["id"], pause, today=request.today),
        "links": _links(request, row, is_paused=pause is not None, is_open=shape["stop"] != "settled"),
    }


def _charged_of(invoice_id: UUID, pause: DunningPauseShape | None, *, today: date) -> str:
    """What automatic payment does before the day of a promise that is waited for, in words; empty for nothing."""
    if pause is None or pause["promised_minor"] is None or pause["outcome"] != "waiting":
        return ""
    charged = dunning_pauses.charged_by(invoice_id, _day(pause["until_date"]) or today, today=today)
    return "" if charged is None else _charged_anyway(charged)


def _fee(shape: LateFeeShape | None) -> dict[str, str] | None:
    """What a reminder added, and where it stands."""
    if shape is None:
        return None
    url = addresses.invoice_url(addresses.invoice_id_of(shape["invoice"]))
    return {"amount": amount_text(shape["fee_minor"], shape["currency"]), "number": shape["number"], "url": url}


def _late(public: str | None) -> dict[str, str] | None:
    """The invoice that was late, on the page of its fee."""
    if public is None:
        return None
    late_id = addresses.invoice_id_of(public)
    return {"number": queries.invoice(late_id)["number"], "url": addresses.invoice_url(late_id)}


@page(Permission.RECORD_PAYMENTS)
def pause_invoice(request: StaffRequest, public: str) -> HttpResponse:
    """This function will pause the reminders of an invoice."""
    row = queries.invoice(addresses.invoice_id_of(public))
    return carry_out(
        request,
        _pause_act(row["number"], back=addresses.invoice_url(row["id"])),
        PauseForm(request.POST or None),
        lambda told: dunning_pauses.pause_invoice(**asked(request), invoice_id=row["id"], **told),
    )


@page(Permission.RECORD_PAYMENTS)
def promise(request: StaffRequest, public: str) -> HttpResponse:
    """This function will note what a payer promised to pay of an invoice."""
    row = queries.invoice(addresses.invoice_id_of(public))
    opened = Money(row["open_minor"], parse_currency(row["currency"]))
    last = request.today + timedelta(days=dunning_pauses.MOST_PROMISED_DAYS)
    charged = dunning_pauses.charged_by(row["id"], last, today=request.today)
    act = Act(
        title=_("Promise to pay"),
        lead=_("%(amount)s of %(number)s is open.")
        % {"amount": amount_text(row["open_minor"], row["currency"]), "number": row["number"]},
        submit=_("Note the promise"),
        back=addresses.invoice_url(row["id"]),
        happens=[
            _("Until that day nobody is reminded of this invoice, and no service is suspended because of it."),
            _("If anything is still open on the next day, the reminders go on by themselves with the newest due."),
            *([] if charged is None else [_charged_anyway(charged)]),
            _("Those who get the reminders get a mail that says what was promised."),
        ],
        done=_("The promise is noted."),
    )
    return carry_out(
        request,
        act,
        PromiseForm(request.POST or None, row=row, initial={"amount": opened}),
        lambda told: dunning_pauses.promise_to_pay(
            **asked(request),
            invoice_id=row["id"],
            pay_date=told["pay_date"],
            amount_minor=told["amount"].minor,
            note=told["note"],
        ),
    )


@page(Permission.RECORD_PAYMENTS)
def resume_invoice(request: StaffRequest, public: str) -> HttpResponse:
    """This function will let the reminders of an invoice go on."""
    row = queries.invoice(addresses.invoice_id_of(public))
    return carry_out(
        request,
        _resume_act(row["number"], back=addresses.invoice_url(row["id"])),
        ConfirmForm(request.POST or None),
        lambda _told: dunning_pauses.resume_invoice(**asked(request), invoice_id=row["id"]),
    )


@page(Permission.RECORD_PAYMENTS)
def pause_customer(request: StaffRequest, public: str) -> HttpResponse:
    """This function will pause all reminders of a customer."""
    row = customers.customer(addresses.customer_id_of(public))
    return carry_out(
        request,
        _pause_act(row["name"], back=addresses.customer_url(row["id"])),
        PauseForm(request.POST or None),
        lambda told: dunning_pauses.pause_customer(**asked(request), customer_id=row["id"], **told),
    )


@page(Permission.RECORD_PAYMENTS)
def resume_customer(request: StaffRequest, public: str) -> HttpResponse:
    """This function will let all reminders of a customer go on."""
    row = customers.customer(addresses.customer_id_of(public))
    return carry_out(
        request,
        _resume_act(row["name"], back=addresses.customer_url(row["id"])),
        ConfirmForm(request.POST or None),
        lambda _told: dunning_pauses.resume_customer(**asked(request), customer_id=row["id"]),
    )


def pause_link(request: StaffRequest, customer_id: UUID) -> dict[str, Any]:
    """This function will return the pause of a customer's reminders as its page shows it, and what can be done."""
    pause = pause_of_customer(customer_id, tells_private=True)
    public = public_id(builders.CUSTOMER, customer_id)
    link = None
    if request.actor.may(Permission.RECORD_PAYMENTS):
        name, word, icon = (
            ("pause-customer", _("Pause reminders"), "pause")
            if pause is None
            else ("resume-customer", _("Resume reminders"), "refresh")
        )
        link = Link(label=word, url=reverse(f"office:{name}", args=[public]), icon=icon)
    return {"pause": pause, "until_date": None if pause is None else _day(pause["until_date"]), "link": link}


def _links(request: StaffRequest, row: Row, *, is_paused: bool, is_open: bool) -> list[Link]:
    if not is_open or not request.actor.may(Permission.RECORD_PAYMENTS):
        return []
    public = public_id(builders.INVOICE, row["id"])
    acts = [("promise-to-pay", _("Promise to pay"), "calendar"), ("pause-invoice", _("Pause reminders"), "pause")]
    if is_paused:
        acts.append(("resume-invoice", _("Resume reminders"), "refresh"))
    return [Link(label=word, url=reverse(f"office:{name}", args=[public]), icon=icon) for name, word, icon in acts]


def _charged_anyway(day: date) -> str:
    return _("Automatic payment is not stopped: it charges the invoice on %(day)s.") % {"day": day_text(day)}


def _pause_act(name: str, *, back: str) -> Act:
    return Act(
        title=_("Pause reminders of %(name)s") % {"name": name},
        submit=_("Pause reminders"),
        back=back,
        happens=[_("Nobody is reminded meanwhile, and no service is suspended because of it.")],
        done=_("The reminders are paused."),
    )


def _resume_act(name: str, *, back: str) -> Act:
    return Act(
        title=_("Resume reminders of %(name)s?") % {"name": name},
        submit=_("Resume reminders"),
        back=back,
        happens=[_("What is due goes out with the next run: the newest reminder, and none of those before it.")],
        done=_("The reminders go on."),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
