"""Billing groups: the list, and the page of one with its payer, members and invoices (E25 to E30)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.customers import queries
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.backoffice.parts import invoice_lines, payment_lines
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.tables import Column, Table, table_response
from tallystick.invoices import queries as invoices
from tallystick.invoices.queries import InvoiceFilter
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.ids import billing_group_id_of

_SHOWN = 10
_MOST_PAYMENTS = 200


def group_table(names: Mapping[UUID, str], members: Mapping[UUID, int]) -> Table[Row]:
    """This function will return the list of billing groups, with the names of the payers and how many members."""
    return Table[Row](
        name="billing_groups",
        label=gettext_lazy("Billing groups"),
        columns=[
            Column(key="name", label=gettext_lazy("Group"), cell=lambda row: row["name"], phone="title"),
            Column(
                key="payer",
                label=gettext_lazy("Payer"),
                cell=lambda row: markup.person(names[row["payer_id"]]),
                phone="meta",
            ),
            Column(
                key="next",
                label=gettext_lazy("Next invoice"),
                cell=lambda row: (
                    markup.badge(_("Archived"), symbol="stop")
                    if row["archived_at"]
                    else markup.day(row["next_billing_date"])
                ),
                phone="meta",
                nowrap=True,
            ),
            Column(
                key="members",
                label=gettext_lazy("Members"),
                cell=lambda row: members.get(row["id"], 0),
                number=True,
                phone="amount",
            ),
        ],
        row_id=lambda row: public_id(builders.BILLING_GROUP, row["id"]),
        row_href=lambda row: addresses.object_url("billing_group", row["id"]),
        search_label=gettext_lazy("Name of the group or its payer"),
        filters=[
            Filter(key="archived", label=gettext_lazy("Archived"), choices=[Choice("yes", gettext_lazy("Listed too"))])
        ],
        exports=False,
        empty_title=gettext_lazy("No billing groups yet"),
        empty_text=gettext_lazy(
            "A group puts the subscriptions of several customers on one invoice, with one payment for all."
        ),
        empty_icon="building",
    )


@require_safe
@page()
def group_list(request: StaffRequest) -> HttpResponse:
    """This function will show the billing groups, newest first."""
    names: dict[UUID, str] = {}
    members: dict[UUID, int] = {}
    table = group_table(names, members)
    query = table.read(request.GET)
    found = queries.groups_page(
        search=query.search, with_archived=bool(query.values("archived")), cursor=query.after or query.before
    )
    names.update(queries.names(row["payer_id"] for row in found.rows))
    members.update(queries.member_counts([row["id"] for row in found.rows], on=request.today))
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/groups.html", listed)


@require_safe
@page()
def group(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a billing group: who pays, who belongs to it, its invoices, and what happened."""
    group_id = billing_group_id_of(public)
    row = queries.group(group_id)
    payer = queries.customer(row["payer_id"])
    members = queries.memberships(group_id)
    billed = invoices.invoices_page(InvoiceFilter(group_ids=(group_id,)), today=request.today, limit=_SHOWN).rows
    main, others = _acts(request, row, public)
    by_name = f"?{urlencode({'group': row['name']})}"
    context: dict[str, Any] = {
        "group": row,
        "payer": {**payer, "url": addresses.customer_url(payer["id"])},
        "contacts": [each for each in queries.contacts(payer["id"]) if each.is_billing],
        "members": [_member(request, public, each) for each in members if _stays(each, request)],
        "former": [_member(request, public, each) for each in members if not _stays(each, request)],
        "invoices": _invoices(request, group_id, billed),
        "invoices_url": reverse("office:invoices") + by_name,
        "payments_url": reverse("office:payments") + by_name,
        "history": history(request, "billing_group", group_id),
        "main": main,
        "others": others,
        "add": _add_link(request, row, public),
    }
    return render(request, "backoffice/group.html", context)


def _stays(membership: Row, request: StaffRequest) -> bool:
    return membership["left_date"] is None or membership["left_date"] > request.today


def _member(request: StaffRequest, public: str, membership: Row) -> dict[str, Any]:
    customer = public_id(builders.CUSTOMER, membership["customer_id"])
    remove = None
    if membership["left_date"] is None and request.actor.may(Permission.CHANGE_GROUPS):
        remove = Link(
            label=_("Remove %(name)s") % {"name": membership["name"]},
            url=reverse("office:remove-member", args=[public, customer]),
            icon="x",
        )
    return {**membership, "url": addresses.customer_url(membership["customer_id"]), "remove": remove}


def _invoices(request: StaffRequest, group_id: UUID, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The group's invoices, each with the payment that is expected for it."""
    wanted = PaymentFilter(kind="scheduled", group_ids=(group_id,))
    expected = lists.payments_page(wanted, limit=_MOST_PAYMENTS).rows
    # The live one of an invoice, or the last that paid a part of it: the newest.
    newest: dict[UUID, Row] = {}
    for payment in expected:
        newest.setdefault(payment["invoice_id"], payment)
    lines = {line["invoice_id"]: line for line in payment_lines(list(newest.values()))}
    return [
        {**shown, "payment": lines.get(shown["id"]), "mark": _mark(request, lines.get(shown["id"]))}
        for shown in invoice_lines(rows, today=request.today)
    ]


def _mark(request: StaffRequest, payment: Row | None) -> Link | None:
    if payment is None or payment["status"] not in {"pending", "failed"}:
        return None
    if not request.actor.may(Permission.COMPLETE_PAYMENTS):
        return None
    url = reverse("office:payment-mark-paid", args=[public_id(builders.PAYMENT, payment["id"])])
    return Link(label=_("Mark group payment as paid"), url=url, icon="check")


def _add_link(request: StaffRequest, row: Row, public: str) -> Link | None:
    if row["archived_at"] or not request.actor.may(Permission.CHANGE_GROUPS):
        return None
    return Link(label=_("Add customer"), url=reverse("office:add-group-member", args=[public]), icon="plus")


def _acts(request: StaffRequest, row: Row, public: str) -> tuple[Link | None, list[Link]]:
    if row["archived_at"]:
        return None, []
    main, ahead = None, []
    if request.actor.may(Permission.RUN_BILLING):
        url = reverse("office:generate-invoice", args=[public])
        main = Link(label=_("Generate invoice"), url=url, icon="invoice", dialog=False)
        url = f"{reverse('office:what-if')}?group={public}"
        ahead.append(Link(label=_("The next months"), url=url, icon="eye", dialog=False))
    if not request.actor.may(Permission.CHANGE_GROUPS):
        return main, ahead
    edit, archive = (reverse(f"office:{act}-group", args=[public]) for act in ("edit", "archive"))
    return main, [
        *ahead,
        Link(label=_("Edit"), url=edit, icon="pencil"),
        Link(label=_("Dunning plan"), url=reverse("office:group-dunning", args=[public]), icon="clock"),
        Link(label=_("Archive"), url=archive, icon="stop", tone="danger"),
    ]
