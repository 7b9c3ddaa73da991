"""The catalogue: products with their variants and prices, and the page of one product."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.catalog import queries
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, per_period
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.tables import Column, Table, table_response
from tallystick.usecases.roles import Permission
from tallystick.wire.catalog import PRICE, PRODUCT, VARIANT

# How many variants and prices of a product a row of the list names.
_NAMED = 4


def _name(row: Row) -> SafeString | str:
    if not row["archived_at"]:
        return str(row["name"])
    return format_html('<span class="cluster"><bdi>{}</bdi>{}</span>', row["name"], markup.badge(_("Archived")))


def product_table(variants: dict[UUID, list[Row]], prices: dict[UUID, list[Row]]) -> Table[Row]:
    """This function will return the list of products, with the variants and prices of its rows."""
    return Table[Row](
        name="catalog",
        label=gettext_lazy("Catalogue"),
        columns=[
            Column(key="name", label=gettext_lazy("Product"), cell=_name, phone="title"),
            Column(
                key="variants",
                label=gettext_lazy("Variants"),
                cell=lambda row: _lines([each["name"] for each in variants.get(row["id"], [])]),
                phone="meta",
            ),
            Column(
                key="prices",
                label=gettext_lazy("Prices of one unit"),
                cell=lambda row: _lines([_price(each) for each in prices.get(row["id"], [])]),
                number=True,
                phone="amount",
            ),
        ],
        row_id=lambda row: public_id(PRODUCT, row["id"]),
        row_href=lambda row: addresses.product_url(row["id"]),
        search_label=gettext_lazy("Name of a product"),
        filters=[
            Filter(
                key="archived",
                label=gettext_lazy("Archived"),
                choices=[Choice("yes", gettext_lazy("Show archived products, too"))],
            )
        ],
        exports=False,
        empty_title=gettext_lazy("Nothing is offered yet"),
        empty_text=gettext_lazy("Add a product, then its variants and their prices. Subscriptions choose from them."),
        empty_icon="product",
    )


@require_safe
@page()
def product_list(request: StaffRequest) -> HttpResponse:
    """This function will show the products by name, each with its variants and prices."""
    variants: dict[UUID, list[Row]] = {}
    prices: dict[UUID, list[Row]] = {}
    table = product_table(variants, prices)
    query = table.read(request.GET)
    with_archived = bool(query.values("archived"))
    found = queries.products_page(search=query.search, with_archived=with_archived, cursor=query.after or query.before)
    shown = [row["id"] for row in found.rows]
    for each in queries.variants_of(shown):
        variants.setdefault(each["product_id"], []).append(each)
    named = {each["id"] for rows in variants.values() for each in rows}
    for each in queries.prices_of(shown):
        if each["variant_id"] in named:
            prices.setdefault(each["variant__product_id"], []).append(each)
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/catalog.html", listed)


@require_safe
@page()
def product(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a product: its variants with their prices, and what happened to it."""
    row = queries.product(addresses.product_id_of(public))
    with_archived = request.GET.get("archived") == "yes"
    rates = {rate.id: rate.name for rate in queries.tax_rates(with_archived=True)}
    prices: dict[UUID, list[dict[str, Any]]] = {}
    for each in queries.prices_of([row["id"]], with_archived=with_archived):
        prices.setdefault(each["variant_id"], []).append(each)
    variants = queries.variants_of([row["id"]], with_archived=with_archived)
    is_current = row["archived_at"] is None
    context: dict[str, Any] = {
        "product": row,
        **(_acts(request, public) if is_current else {}),
        "variants": [
            _variant(request, each, prices.get(each["id"], []), rates, is_offered=is_current) for each in variants
        ],
        "with_archived": with_archived,
        "archived_url": request.path if with_archived else f"{request.path}?archived=yes",
        "subscriptions_url": f"{reverse('office:subscriptions')}?{urlencode({'q': row['name']})}",
        "history": history(
            request,
            "product",
            row["id"],
            *(("variant", each["id"]) for each in variants),
            *(("price", each["id"]) for of_variant in prices.values() for each in of_variant),
        ),
    }
    return render(request, "backoffice/product.html", context)


def _variant(
    request: StaffRequest, row: Row, prices: Sequence[Row], rates: dict[UUID, str], *, is_offered: bool
) -> dict[str, Any]:
    public = public_id(VARIANT, row["id"])
    is_current = is_offered and row["archived_at"] is None
    may = is_current and request.actor.may(Permission.CHANGE_CATALOG)
    return {
        **row,
        "prices": [_price_row(request, each, rates, is_offered=is_current) for each in prices],
        "edit": Link(label=_("Edit"), url=reverse("office:edit-variant", args=[public]), icon="pencil")
        if may
        else None,
        "add_price": Link(label=_("Add price"), url=reverse("office:add-price", args=[public]), icon="plus")
        if may
        else None,
        "archive": Link(label=_("Archive"), url=reverse("office:archive-variant", args=[public]), icon="trash")
        if may
        else None,
    }


def _price_row(request: StaffRequest, row: Row, rates: dict[UUID, str], *, is_offered: bool) -> dict[str, Any]:
    public = public_id(PRICE, row["id"])
    is_current = is_offered and row["archived_at"] is None
    links = []
    if is_current and request.actor.may(Permission.CHANGE_CATALOG):
        links.append(Link(label=_("Change price"), url=reverse("office:change-price", args=[public]), icon="pencil"))
        links.append(Link(label=_("Archive"), url=reverse("office:archive-price", args=[public]), icon="trash"))
    if request.actor.may(Permission.CHANGE_SUBSCRIPTIONS):
        url = reverse("office:move-price", args=[public])
        links.append(Link(label=_("Move its subscriptions"), url=url, icon="arrow-right"))
    if request.actor.may(Permission.CHANGE_SUBSCRIPTIONS) and request.actor.may(Permission.RUN_BILLING):
        links.append(Link(label=_("What if?"), url=f"{reverse('office:what-if')}?price={public}", dialog=False))
    subscribe = None
    if is_current and request.actor.may(Permission.DRAFT_SUBSCRIPTIONS):
        url = f"{reverse('office:new-subscription')}?price={public}"
        subscribe = Link(label=_("Subscribe"), url=url, dialog=False)
    return {
        **row,
        "public": public,
        "per": per_period(row["frequency"]),
        "rate": rates[row["tax_rate_id"]],
        "links": links,
        "subscribe": subscribe,
    }


def _acts(request: StaffRequest, public: str) -> dict[str, Any]:
    if not request.actor.may(Permission.CHANGE_CATALOG):
        return {}
    archive = reverse("office:archive-product", args=[public])
    return {
        "main": Link(label=_("Add variant"), url=reverse("office:add-variant", args=[public]), icon="plus"),
        "others": [
            Link(label=_("Edit"), url=reverse("office:edit-product", args=[public]), icon="pencil"),
            Link(label=_("Archive product"), url=archive, icon="trash", tone="danger"),
        ],
    }


def _price(row: Row) -> SafeString:
    return markup.amount(row["amount_minor"], row["currency"], shape="code", word=per_period(row["frequency"]))


def _lines(parts: Sequence[str | SafeString]) -> SafeString:
    """Each on a line of its own; of many the first, and how many more there are."""
    shown = format_html_join("", "<div><bdi>{}</bdi></div>", ((each,) for each in parts[:_NAMED]))
    rest = len(parts) - _NAMED
    if rest <= 0:
        return shown
    return shown + format_html('<div class="muted small">{}</div>', _("and %(count)s more") % {"count": rest})
