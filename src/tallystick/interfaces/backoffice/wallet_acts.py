"""What can be done with prepaid money: request and send a top-up, enter a purchase, credit one, set a debit limit."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import amount_text
from tallystick.interfaces.backoffice.payment_forms import ReasonForm
from tallystick.interfaces.backoffice.wallet_forms import ChargeForm, CreditChargeForm, LimitForm, SendForm, TopupForm
from tallystick.interfaces.backoffice.wallet_shown import would_draw
from tallystick.invoices import queries as invoices
from tallystick.ledger.queries import usable_currencies
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.usecases import charge as charges
from tallystick.usecases import topup
from tallystick.usecases.roles import Permission
from tallystick.wallets import queries


@page(Permission.DRAFT_INVOICES)
def new_topup(request: StaffRequest) -> HttpResponse:
    """This function will write a draft of a top-up request."""
    initial = {"customer": request.GET.get("customer", "")}
    form = TopupForm(request.POST or None, initial=initial, currencies=usable_currencies())
    if form.is_valid():
        told = form.cleaned_data
        with refusals(form):
            shape = topup.create_topup_request(
                **asked(request),
                customer_id=addresses.customer_id_of(told["customer"]),
                currency=told["total"].currency,
                total_minor=told["total"].minor,
                tax_rate_id=form.rates[told["tax"]].id if told["tax"] else None,
                title=told["title"],
                remark=told["remark"],
            )
            return done(request, reverse("office:invoice", args=[shape["id"]]), _("The draft is saved. Send it next."))
    act = Act(
        title=_("Request a top-up"),
        lead=_("A pro forma: nobody owes it, and what is paid of it goes into the wallet."),
        submit=_("Save draft"),
        back=reverse("office:invoices"),
    )
    return show(request, act, form)


@page(Permission.ISSUE_INVOICES)
def send_topup(request: StaffRequest, public: str) -> HttpResponse:
    """This function will send a draft of a top-up request."""
    row = invoices.invoice(addresses.invoice_id_of(public))
    total = amount_text(row["total_minor"], row["currency"])
    name = customers.customer(row["customer_id"])["name"]
    act = Act(
        title=_("Send this top-up request?"),
        lead=_("%(amount)s for %(name)s") % {"amount": total, "name": name},
        submit=_("Send"),
        back=addresses.invoice_url(row["id"]),
        happens=[
            _("It gets the next number of the series TOP-%(year)s, and cannot be changed any more.")
            % {"year": request.today.year},
            _("Nothing is booked and nothing is owed. What is allocated to it goes into the wallet."),
        ],
        done=_("The top-up request is sent."),
    )
    return carry_out(
        request,
        act,
        SendForm(request.POST or None),
        lambda told: topup.send_topup_request(**asked(request), request_id=row["id"], **told),
    )


@page(Permission.VOID_INVOICES)
def void_topup(request: StaffRequest, public: str) -> HttpResponse:
    """This function will withdraw a request that was sent."""
    row = invoices.invoice(addresses.invoice_id_of(public))
    act = Act(
        title=_("Void this top-up request?"),
        lead=_("It cannot be paid any more. No credit note is needed: it was never owed."),
        submit=_("Void"),
        tone="danger",
        back=addresses.invoice_url(row["id"]),
        happens=[_("The number stays used.")],
        done=_("The top-up request is void."),
    )
    return carry_out(
        request,
        act,
        ReasonForm(request.POST or None),
        lambda told: topup.void_topup_request(**asked(request), request_id=row["id"], reason=told["reason"]),
    )


@page(Permission.CHARGE_ACCOUNTS)
def charge(request: StaffRequest, public: str) -> HttpResponse:
    """This function will enter a purchase by hand."""
    customer = customers.customer(addresses.customer_id_of(public))
    form = _charge_form(request, customer)
    if form.is_valid():
        told = form.cleaned_data
        with refusals(form):
            shape = charges.charge_account(
                **asked(request),
                customer_id=customer["id"],
                currency=told["total"].currency,
                total_minor=told["total"].minor,
                tax_rate_id=form.rates[told["tax"]].id,
                description=told["description"],
            )
            return done(request, reverse("office:payment", args=[shape["id"]]), _("The purchase is entered."))
    act = Act(
        title=_("Enter a purchase"),
        lead=_("For %(name)s: drawn from the wallet at once, whatever is left in it.") % {"name": customer["name"]},
        submit=_("Enter purchase"),
        back=addresses.customer_url(customer["id"]),
    )
    context = {"customer": customer, "public": public, "drawing": _drawing(request, customer, form)}
    return show(request, act, form, template="backoffice/charge.html", context=context)


@require_POST
@page(Permission.CHARGE_ACCOUNTS)
def preview_charge(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show what the purchase in the form would draw; it writes nothing."""
    customer = customers.customer(addresses.customer_id_of(public))
    form = _charge_form(request, customer)
    form.is_valid()
    return render(request, "backoffice/charge_preview.html", {"drawing": _drawing(request, customer, form)})


@page(Permission.CREDIT_CHARGES)
def credit_charge(request: StaffRequest, public: str) -> HttpResponse:
    """This function will credit a purchase back."""
    row = queries.charge(addresses.payment_id_of(public))
    currency = row["payment__currency"]
    left = Money(row["payment__total_minor"] - row["credited_minor"], parse_currency(currency))
    act = Act(
        title=_("Credit this purchase"),
        lead=_("%(amount)s can be credited.") % {"amount": amount_text(left.minor, currency)},
        submit=_("Credit back"),
        back=addresses.payment_url(row["payment_id"]),
        happens=[_("It goes back into the lots it came from, with its tax. No money is paid out.")],
        done=_("The purchase is credited."),
    )
    return carry_out(
        request,
        act,
        CreditChargeForm(request.POST or None, left=left),
        lambda told: charges.credit_charge(
            **asked(request),
            charge_id=row["payment_id"],
            amount_minor=told["amount"].minor,
            reason=told["reason"],
        ),
    )


@page(Permission.SET_DEBIT_LIMITS)
def debit_limit(request: StaffRequest, public: str) -> HttpResponse:
    """This function will say how far below zero authorisations may bring a wallet."""
    customer = customers.customer(addresses.customer_id_of(public))
    wallet = queries.wallet(customer["id"], customer["currency"])
    limit = Money(wallet["debit_limit_minor"] if wallet else 0, parse_currency(customer["currency"]))
    act = Act(
        title=_("Debit limit"),
        lead=_("How far below zero a purchase may bring the wallet, where a program asks before it delivers."),
        submit=_("Save"),
        back=addresses.customer_url(customer["id"]),
        happens=[_("What is delivered is entered all the same. 0 is pure prepaid.")],
        done=_("The debit limit is saved."),
    )
    return carry_out(
        request,
        act,
        LimitForm(request.POST or None, limit=limit, currencies=_currencies(customer)),
        lambda told: charges.set_debit_limit(
            **asked(request),
            customer_id=customer["id"],
            currency=told["debit_limit"].currency,
            debit_limit_minor=told["debit_limit"].minor,
        ),
    )


def _charge_form(request: StaffRequest, customer: dict[str, Any]) -> ChargeForm:
    return ChargeForm(request.POST or None, currencies=_currencies(customer))


def _currencies(customer: dict[str, Any]) -> list[str]:
    """The customer's own currency first."""
    own = customer["currency"]
    return [own, *(code for code in usable_currencies() if code != own)]


def _drawing(request: StaffRequest, customer: dict[str, Any], form: ChargeForm) -> dict[str, Any] | None:
    """What the purchase that is typed would draw, once its amount and its tax can be read."""
    told = form.cleaned_data if form.is_bound else {}
    total, tax = told.get("total"), told.get("tax")
    if total is None or not tax:
        return None
    drawing = queries.would_draw(
        customer["id"], total.currency, total.minor, percent=form.rates[tax].percent, day=request.today
    )
    return {"currency": total.currency, "parts": would_draw(drawing.parts), "tax_minor": drawing.tax_minor}
