"""Saving what a list shows as a view, opening a view, and changing or deleting it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tallystick.foundation import saved_views
from tallystick.foundation.errors import NotFound
from tallystick.foundation.saved_views import ViewFacts
from tallystick.interfaces.backoffice.acts import Act, Text, asked, at_once, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.approvals import approval_table
from tallystick.interfaces.backoffice.audit import Known, audit_table
from tallystick.interfaces.backoffice.catalog import product_table
from tallystick.interfaces.backoffice.customers import customer_table
from tallystick.interfaces.backoffice.disputes import dispute_table
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.groups import group_table
from tallystick.interfaces.backoffice.inbox import MESSAGES
from tallystick.interfaces.backoffice.invoices import invoice_table
from tallystick.interfaces.backoffice.outbox import mail_table
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.backoffice.payment_table import Names, payment_table
from tallystick.interfaces.backoffice.subscriptions import subscription_table
from tallystick.interfaces.backoffice.vouchers import BATCHES
from tallystick.interfaces.kit.filters import Filter
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.kit.saved_views import VIEW
from tallystick.interfaces.kit.tables import Table
from tallystick.ledger import queries as ledger
from tallystick.usecases import saved_views as usecases
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import view_id_of


class ListPage(NamedTuple):
    """A list that has saved views: the name of its page, and its table."""

    page: str
    table: Callable[[StaffRequest], Table[Any]]


LISTS: Final[Mapping[str, ListPage]] = {
    "payments": ListPage("office:payments", lambda _request: payment_table(Names())),
    "invoices": ListPage("office:invoices", lambda request: invoice_table(request, {})),
    "customers": ListPage("office:customers", lambda _request: customer_table(ledger.usable_currencies(), {})),
    "subscriptions": ListPage("office:subscriptions", lambda _request: subscription_table({})),
    "billing_groups": ListPage("office:groups", lambda _request: group_table({}, {})),
    "disputes": ListPage("office:disputes", lambda _request: dispute_table({})),
    "approvals": ListPage("office:approvals", lambda _request: approval_table({})),
    "vouchers": ListPage("office:vouchers", lambda _request: BATCHES),
    "catalog": ListPage("office:catalog", lambda _request: product_table({}, {})),
    "mails": ListPage("office:outbox", lambda _request: mail_table({})),
    "gateway_messages": ListPage("office:inbox", lambda _request: MESSAGES),
    "audit": ListPage("office:audit", lambda _request: audit_table(Known(), gives_files=False)),
}


class ViewForm(KitForm):
    """What a view is called, and who has it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=usecases.LONGEST_NAME)
    is_shared = forms.BooleanField(
        label=gettext_lazy("Share with everybody"),
        required=False,
        help_text=gettext_lazy("Else only you have it above the list."),
    )

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["is_shared"]


class NewViewForm(ViewForm):
    """A new view, and what the list shows."""

    list_name = forms.ChoiceField(choices=[(name, name) for name in LISTS], widget=forms.HiddenInput)
    query = forms.CharField(required=False, max_length=usecases.LONGEST_QUERY, widget=forms.HiddenInput)


@require_safe
@page()
def open_view(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a list as a view keeps it, and say what of the view is no longer there."""
    row = _view(request, public)
    listed = LISTS[row.list_name]
    table = listed.table(request)
    taken, gone = table.still_taken(row.parameters)
    filters = {name: each for each in table.filters for name in each.parameters}
    for name, value in gone:
        left_out = _("“%(filter)s: %(value)s” is no longer there. The view was opened without it, so it shows more.")
        messages.warning(request, left_out % {"filter": _label(filters.get(name), name), "value": value})
    for name, value in taken:
        each = filters.get(name)
        if each is not None and each.finds is not None and not each.finds(value):
            nothing = _("“%(filter)s: %(value)s” finds nothing any more, so the view shows no rows.")
            messages.warning(request, nothing % {"filter": each.label, "value": value})
    return HttpResponseRedirect(f"{reverse(listed.page)}?{urlencode([(VIEW, public), *taken])}")


@page()
def save_view(request: StaffRequest) -> HttpResponse:
    """This function will keep what a list shows as a view."""
    asked_for = request.POST if request.method == "POST" else request.GET
    name, query = asked_for.get("list_name", asked_for.get("list", "")), asked_for.get("query", "")
    if name not in LISTS:
        raise NotFound(kind="list")
    request.actor.require(usecases.needed_for(name))
    act = Act(
        title=_("Save this view"),
        lead=_shown(LISTS[name].table(request), query),
        submit=_("Save view"),
        back=f"{reverse(LISTS[name].page)}?{query}",
    )
    form = NewViewForm(
        request.POST or None,
        initial={"list_name": name, "query": query},
        may_share=request.actor.may(Permission.SHARE_VIEWS),
    )
    if form.is_valid():
        with refusals(form):
            told = usecases.save_view(**asked(request), **form.cleaned_data)
            return done(request, reverse("office:view", args=[told["id"]]), _("The view is saved."))
    return show(request, act, form)


@page()
def edit_view(request: StaffRequest, public: str) -> HttpResponse:
    """This function will rename a view, or change who has it."""
    row = _view(request, public)
    act = Act(
        title=_("Rename or share the view"),
        lead=_shown(LISTS[row.list_name].table(request), urlencode(row.parameters)),
        submit=_("Save"),
        back=reverse("office:view", args=[public]),
        done=_("The view is changed."),
    )
    form = ViewForm(
        request.POST or None,
        initial={"name": row.name, "is_shared": row.is_shared},
        may_share=request.actor.may(Permission.SHARE_VIEWS),
    )
    return carry_out(request, act, form, lambda told: usecases.change_view(**asked(request), view_id=row.id, **told))


@require_POST
@page()
def update_view(request: StaffRequest, public: str) -> HttpResponse:
    """This function will let a view show from now on what the list shows now."""
    row = _view(request, public)
    return at_once(
        request,
        lambda: usecases.change_view(**asked(request), view_id=row.id, query=request.POST.get("query", "")),
        back=reverse("office:view", args=[public]),
        message=_("The view shows this from now on."),
    )


@page()
def delete_view(request: StaffRequest, public: str) -> HttpResponse:
    """This function will delete a view."""
    form = ConfirmForm(request.POST or None)
    if form.is_valid():
        # Sent twice there is no such view any more, but still the first answer.
        told = usecases.delete_view(**asked(request), view_id=view_id_of(public))
        return done(request, reverse(LISTS[told["list"]].page), _("The view is deleted."))
    row = _view(request, public)
    act = Act(
        title=_("Delete the view “%(name)s”?") % {"name": row.name},
        submit=_("Delete view"),
        tone="danger",
        back=reverse("office:view", args=[public]),
        happens=[
            _("Nobody has it above the list any more. The list itself stays as it is.")
            if row.is_shared
            else _("You have it above the list no more. The list itself stays as it is.")
        ],
    )
    return show(request, act, form)


def _view(request: StaffRequest, public: str) -> ViewFacts:
    row = saved_views.view(view_id_of(public), principal=request.actor.principal)
    request.actor.require(usecases.needed_for(row.list_name))
    return row


def _label(each: Filter | None, name: str) -> Text:
    return name if each is None else each.label


def _shown(table: Table[Any], query: str) -> str:
    """What a view keeps, in the words of the list."""
    taken, _gone = table.still_taken(tuple(parse_qsl(query)))
    found = table.read(QueryDict(urlencode(taken)))
    told = [f"{chip.filter.label}: {chip.summary}" for chip in table.page(found, "", []).chips if chip.summary]
    if found.search:
        told.insert(0, _("Search: %(text)s") % {"text": found.search})
    order = next((column.label for column in table.columns if column.key == found.sort), "")
    if order:
        told.append(_("Sorted by %(column)s") % {"column": order})
    return " \N{MIDDLE DOT} ".join(told)
