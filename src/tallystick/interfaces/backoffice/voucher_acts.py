"""What can be done with vouchers: make a batch, record its sale, deactivate it, redeem one for a customer."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import amount_text
from tallystick.interfaces.backoffice.payment_forms import ReasonForm
from tallystick.interfaces.backoffice.voucher_forms import BatchForm, SaleForm
from tallystick.interfaces.kit.voucher_form import RedeemForm
from tallystick.ledger.queries import usable_currencies
from tallystick.usecases import make_vouchers, redeem
from tallystick.usecases.roles import Permission
from tallystick.wallets import voucher_queries as queries
from tallystick.wire.ids import voucher_batch_id_of


@page(Permission.MANAGE_VOUCHERS)
def new_batch(request: StaffRequest) -> HttpResponse:
    """This function will make a batch of vouchers."""
    form = BatchForm(request.POST or None, currencies=usable_currencies())
    if form.is_valid():
        with refusals(form):
            shape = make_vouchers.create_voucher_batch(**asked(request), terms=form.terms())
            message = _("The vouchers are made. Download their codes, to print or to send them.")
            return done(request, reverse("office:voucher-batch", args=[shape["id"]]), message)
    act = Act(
        title=_("Make vouchers"),
        lead=_("A batch of codes that are worth the same, on the same terms."),
        submit=_("Make vouchers"),
        back=reverse("office:vouchers"),
        happens=[_("Nothing is booked until one is redeemed, or a batch is sold.")],
    )
    return show(request, act, form)


@page(Permission.MANAGE_VOUCHERS)
def sell_batch(request: StaffRequest, public: str) -> HttpResponse:
    """This function will record what a reseller paid for a batch."""
    row = queries.batch(voucher_batch_id_of(public))
    total = amount_text(row["quantity"] * row["amount_minor"], row["currency"])
    act = Act(
        title=_("Record the sale"),
        lead=_("%(reseller)s paid %(total)s.") % {"reseller": row["reseller"], "total": total},
        submit=_("Record the sale"),
        back=reverse("office:voucher-batch", args=[public]),
        happens=[
            _("The vouchers can be redeemed from now on, and what is not redeemed is owed."),
            _("They are sold at what they give; a commission is a bill of the reseller's own."),
        ],
        done=_("The sale is recorded."),
    )
    return carry_out(
        request,
        act,
        SaleForm(request.POST or None, today=request.today),
        lambda told: make_vouchers.sell_voucher_batch(**asked(request), batch_id=row["id"], **told),
    )


@page(Permission.MANAGE_VOUCHERS)
def deactivate_batch(request: StaffRequest, public: str) -> HttpResponse:
    """This function will make what is left of a batch worthless."""
    row = queries.batch(voucher_batch_id_of(public))
    happens = [
        _("What was redeemed stays. What was not can never be redeemed."),
        _("The codes are forgotten: they can be downloaded no more."),
    ]
    if row["sold_at"]:
        happens.append(_("What the reseller paid for the rest stays owed."))
    act = Act(
        title=_("Deactivate %(name)s?") % {"name": row["name"]},
        submit=_("Deactivate"),
        tone="danger",
        back=reverse("office:voucher-batch", args=[public]),
        happens=happens,
        done=_("The vouchers are deactivated."),
    )
    return carry_out(
        request,
        act,
        ReasonForm(request.POST or None),
        lambda told: make_vouchers.deactivate_voucher_batch(
            **asked(request), batch_id=row["id"], reason=told["reason"]
        ),
    )


@page(Permission.REDEEM_VOUCHERS)
def redeem_for(request: StaffRequest, public: str) -> HttpResponse:
    """This function will redeem a voucher for a customer."""
    customer = customers.customer(addresses.customer_id_of(public))
    own = customer["currency"]
    currencies = [own, *(code for code in usable_currencies() if code != own)]
    form = RedeemForm(request.POST or None, currencies=currencies)
    if form.is_valid():
        with refusals(form):
            shape = redeem.redeem_voucher(**asked(request), customer_id=customer["id"], **form.cleaned_data)
            amount = amount_text(shape["total_minor"], shape["currency"])
            message = _("The voucher is redeemed: %(amount)s are in the wallet.") % {"amount": amount}
            return done(request, addresses.customer_url(customer["id"]), message)
    act = Act(
        title=_("Redeem a voucher"),
        lead=_("For %(name)s: into the wallet at once.") % {"name": customer["name"]},
        submit=_("Redeem"),
        back=addresses.customer_url(customer["id"]),
    )
    return show(request, act, form)
