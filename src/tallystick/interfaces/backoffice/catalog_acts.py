"""What can be done with the catalogue: products, variants and prices, added, changed and archived."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.catalog import queries
from tallystick.catalog.queries import PriceFilter
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out, done, refusals, sentence, show
from tallystick.interfaces.backoffice.catalog_forms import MoveForm, PriceForm, ProductForm, VariantForm, price_values
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, price_text
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.ledger import queries as ledger
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.subscriptions.queries import SubscriptionFilter, count
from tallystick.usecases import move_price as move
from tallystick.usecases import offer
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import price_id_of, variant_id_of

# How many prices of a variant in one currency can be chosen among.
_MOST_PRICES = 20


@page(Permission.CHANGE_CATALOG)
def new_product(request: StaffRequest) -> HttpResponse:
    """This function will add a product."""
    form = ProductForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            shape = offer.add_product(**asked(request), **form.cleaned_data)
            url = reverse("office:product", args=[shape["id"]])
            return done(request, url, _("%(name)s is added. Now add its first variant.") % {"name": shape["name"]})
    act = Act(
        title=_("Add a product"),
        lead=_("It is sold in one or more variants, each with its own prices."),
        submit=_("Add product"),
        back=reverse("office:catalog"),
    )
    return show(request, act, form)


@page(Permission.CHANGE_CATALOG)
def edit_product(request: StaffRequest, public: str) -> HttpResponse:
    """This function will rename or describe a product."""
    row = queries.product(addresses.product_id_of(public))
    act = Act(
        title=_("Edit %(name)s") % row,
        submit=_("Save"),
        back=addresses.product_url(row["id"]),
        happens=[_("Invoices that are issued, and subscriptions that run, keep the words under which they began.")],
        done=_("The product is changed."),
    )
    return carry_out(
        request,
        act,
        ProductForm(request.POST or None, initial=row),
        lambda told: offer.change_product(**asked(request), product_id=row["id"], changes=told),
    )


@page(Permission.CHANGE_CATALOG)
def archive_product(request: StaffRequest, public: str) -> HttpResponse:
    """This function will archive a product."""
    row = queries.product(addresses.product_id_of(public))
    act = Act(
        title=_("Archive %(name)s?") % row,
        submit=_("Archive product"),
        tone="danger",
        back=addresses.product_url(row["id"]),
        happens=[_kept(SubscriptionFilter(product_id=row["id"])), _("None of its prices can be chosen any more.")],
        done=_("The product is archived."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: offer.archive_product(**asked(request), product_id=row["id"]),
    )


@page(Permission.CHANGE_CATALOG)
def add_variant(request: StaffRequest, public: str) -> HttpResponse:
    """This function will add a variant to a product."""
    row = queries.product(addresses.product_id_of(public))
    form = VariantForm(request.POST or None, currencies=ledger.usable_currencies())
    act = Act(
        title=_("Add a variant"),
        lead=row["name"],
        submit=_("Add variant"),
        back=addresses.product_url(row["id"]),
        done=_("The variant is added. Now add its first price."),
    )
    return carry_out(
        request,
        act,
        form,
        lambda _told: offer.add_variant(**asked(request), product_id=row["id"], **form.values()),
    )


@page(Permission.CHANGE_CATALOG)
def edit_variant(request: StaffRequest, public: str) -> HttpResponse:
    """This function will change the name or the cost of a variant."""
    row = queries.variant(variant_id_of(public))
    cost = row["cost_minor"]
    initial = {
        "name": row["name"],
        "cost": None if cost is None else Money(cost, parse_currency(row["cost_currency"])),
    }
    form = VariantForm(request.POST or None, initial=initial, currencies=ledger.usable_currencies())
    act = Act(
        title=_("Edit %(name)s") % row,
        lead=row["product__name"],
        submit=_("Save"),
        back=addresses.product_url(row["product_id"]),
        done=_("The variant is changed."),
    )
    return carry_out(
        request,
        act,
        form,
        lambda _told: offer.change_variant(**asked(request), variant_id=row["id"], changes=form.values()),
    )


@page(Permission.CHANGE_CATALOG)
def archive_variant(request: StaffRequest, public: str) -> HttpResponse:
    """This function will archive a variant."""
    row = queries.variant(variant_id_of(public))
    act = Act(
        title=_("Archive %(name)s?") % row,
        lead=row["product__name"],
        submit=_("Archive variant"),
        tone="danger",
        back=addresses.product_url(row["product_id"]),
        happens=[_kept(SubscriptionFilter(variant_id=row["id"])), _("None of its prices can be chosen any more.")],
        done=_("The variant is archived."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: offer.archive_variant(**asked(request), variant_id=row["id"]),
    )


@page(Permission.CHANGE_CATALOG)
def add_price(request: StaffRequest, public: str) -> HttpResponse:
    """This function will add a price to a variant."""
    row = queries.variant(variant_id_of(public))
    form = PriceForm(request.POST or None, currencies=ledger.usable_currencies())
    act = Act(
        title=_("Add a price"),
        lead=_("%(product__name)s – %(name)s") % row,
        submit=_("Add price"),
        back=addresses.product_url(row["product_id"]),
        done=_("The price is added. Subscriptions can choose it."),
    )
    if not queries.tax_rates():
        return render(request, "backoffice/no_tax_rate.html", {"act": act})
    return carry_out(
        request, act, form, lambda _told: offer.add_price(**asked(request), variant_id=row["id"], **form.values())
    )


@page(Permission.CHANGE_CATALOG)
def change_price(request: StaffRequest, public: str) -> HttpResponse:
    """This function will put a new price in the place of one, and lead on to the subscriptions of the old one."""
    row = queries.price_row(price_id_of(public))
    form = PriceForm(request.POST or None, initial=price_values(row), currencies=[row["currency"]], is_change=True)
    back = addresses.product_url(row["variant__product_id"])
    using = sum(count(_alive(SubscriptionFilter(price_id=row["id"]))).values())
    if form.is_valid():
        with refusals(form):
            offer.change_price(**asked(request), price_id=row["id"], changes=form.changes())
            if using and request.actor.may(Permission.CHANGE_SUBSCRIPTIONS):
                url = reverse("office:move-price", args=[public])
                return done(request, url, _("The price is changed for new subscriptions."))
            return done(request, back, _("The price is changed for new subscriptions."))
    act = Act(
        title=_("Change a price"),
        lead=_name(row),
        submit=_("Change price"),
        back=back,
        happens=[
            _("The new price takes the place of this one, which is archived."),
            _kept(SubscriptionFilter(price_id=row["id"])),
        ],
    )
    return show(request, act, form)


@page(Permission.CHANGE_CATALOG)
def archive_price(request: StaffRequest, public: str) -> HttpResponse:
    """This function will archive a price."""
    row = queries.price_row(price_id_of(public))
    act = Act(
        title=_("Archive this price?"),
        lead=_name(row),
        submit=_("Archive price"),
        tone="danger",
        back=addresses.product_url(row["variant__product_id"]),
        happens=[_kept(SubscriptionFilter(price_id=row["id"])), _("It cannot be chosen any more.")],
        done=_("The price is archived."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: offer.archive_price(**asked(request), price_id=row["id"]),
    )


@page(Permission.CHANGE_SUBSCRIPTIONS)
def move_price(request: StaffRequest, public: str) -> HttpResponse:
    """This function will let the subscriptions of a price take another one at their next renewal."""
    row = queries.price_row(price_id_of(public))
    wanted = PriceFilter(variant_id=row["variant_id"], currency=row["currency"])
    others = [each for each in queries.prices_page(wanted, limit=_MOST_PRICES).rows if each["id"] != row["id"]]
    form = MoveForm(request.POST or None, prices=others)
    back = addresses.product_url(row["variant__product_id"])
    if form.is_valid():
        with refusals(form):
            shape = move.move_price(**asked(request), price_id=row["id"], to_price_id=form.to_price_id())
            moved = shape["subscriptions"]
            said = ngettext(
                "%(count)s subscription takes the new price at its next renewal.",
                "%(count)s subscriptions take the new price at their next renewal.",
                moved,
            )
            return done(request, back, said % {"count": moved})
    act = Act(
        title=_("Move subscriptions to another price"),
        lead=_name(row),
        submit=_("Move at the next renewal"),
        back=back,
        happens=_moving(request, row, others, form),
    )
    context = {"others": others}
    return show(request, act, form, template="backoffice/move_price.html", context=context)


def _moving(request: StaffRequest, row: Row, others: list[dict[str, Any]], form: MoveForm) -> list[str]:
    """How many subscriptions would take another price: which one of them makes no difference to the count."""
    if not others:
        return []
    try:
        told = move.preview_price_move(
            actor=request.actor, at=request.at, price_id=row["id"], to_price_id=others[0]["id"]
        )
    except (Conflict, Invalid) as error:
        form.add_error(None, sentence(error)) if form.is_bound else None
        return []
    taking = ngettext(
        "%(count)s subscription takes the chosen price with the first period that begins at its next renewal.",
        "%(count)s subscriptions take the chosen price with the first period that begins at their next renewal.",
        told["subscriptions"],
    )
    said = [
        taking % {"count": told["subscriptions"]},
        _("Until then nothing changes, and each change can be withdrawn."),
    ]
    if told["left_out"]:
        left = ngettext(
            "%(count)s is left out: it waits for another plan, or is not renewed any more.",
            "%(count)s are left out: they wait for another plan, or are not renewed any more.",
            told["left_out"],
        )
        said.append(left % {"count": told["left_out"]})
    return said


def _alive(wanted: SubscriptionFilter) -> SubscriptionFilter:
    return SubscriptionFilter(
        product_id=wanted.product_id,
        variant_id=wanted.variant_id,
        price_id=wanted.price_id,
        state=("trial", "active", "paused", "suspended"),
    )


def _kept(wanted: SubscriptionFilter) -> str:
    """How many subscriptions go on as they are."""
    running = sum(count(_alive(wanted)).values())
    if not running:
        return _("No subscription runs on it.")
    said = ngettext(
        "%(count)s subscription that runs goes on at the price that it has.",
        "%(count)s subscriptions that run go on at the price that they have.",
        running,
    )
    return said % {"count": running}


def _name(row: Row) -> str:
    name = f"{row['variant__product__name']} – {row['variant__name']}"
    return f"{name}, {price_text(row['amount_minor'], row['currency'], row['frequency'])}"
