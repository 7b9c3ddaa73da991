"""Customers: the list, one customer, and what can be done for one."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tallystick.correspondence import queries as correspondence
from tallystick.customers import queries
from tallystick.customers.rights import Right
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, at_once, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.autopay import autopay_shown
from tallystick.interfaces.backoffice.customer_forms import ContactForm, CustomerForm, own_transfer_cap
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.dunning_pauses import pause_link
from tallystick.interfaces.backoffice.method_setup_acts import setups_shown
from tallystick.interfaces.backoffice.naming import Row, percents_of
from tallystick.interfaces.backoffice.offers import offers_of_customer
from tallystick.interfaces.backoffice.parts import invoice_lines, payment_lines, subscription_lines
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.backoffice.wallet_shown import wallet_shown
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.contact_form import PersonForm, person_known
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.kit.tables import Column, Table, table_response
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.ledger.queries import CustomerStanding
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.subscriptions import queries as subscriptions
from tallystick.subscriptions.queries import SubscriptionFilter
from tallystick.usecases import enrol, people
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.dunning import choice_shape
from tallystick.wire.ids import contact_id_of

KINDS = {"business": gettext_lazy("Business"), "individual": gettext_lazy("Individual")}
_SHOWN = 5
_MOST_OPEN = 10


def customer_table(currencies: list[str], standings: dict[UUID, list[CustomerStanding]]) -> Table[Row]:
    """This function will return the list of customers; `standings` are those of its rows."""
    return Table[Row](
        name="customers",
        label=gettext_lazy("Customers"),
        columns=[
            Column(
                key="name",
                label=gettext_lazy("Name"),
                cell=lambda row: markup.person(row["name"], detail=row["number"]),
                phone="title",
            ),
            Column(key="kind", label=gettext_lazy("Kind"), cell=lambda row: KINDS[row["kind"]], wide_only=True),
            Column(
                key="currency",
                label=gettext_lazy("Currency"),
                cell=lambda row: row["currency"],
                phone="meta",
                nowrap=True,
            ),
            Column(
                key="created",
                label=gettext_lazy("Since"),
                cell=lambda row: markup.moment(row["created_at"], clock=False),
                phone="meta",
                wide_only=True,
            ),
            Column(
                key="credit",
                label=gettext_lazy("Credit"),
                cell=lambda row: _amounts(standings.get(row["id"], []), "credit_minor"),
                number=True,
            ),
            Column(
                key="owes",
                label=gettext_lazy("Owes"),
                cell=lambda row: _amounts(standings.get(row["id"], []), "owes_minor"),
                number=True,
                phone="amount",
            ),
        ],
        row_id=lambda row: public_id(builders.CUSTOMER, row["id"]),
        row_href=lambda row: addresses.customer_url(row["id"]),
        search_label=gettext_lazy("Name, number or e-mail address"),
        filters=[
            Filter(
                key="kind", label=gettext_lazy("Kind"), choices=[Choice(kind, word) for kind, word in KINDS.items()]
            ),
            Filter(key="currency", label=gettext_lazy("Currency"), choices=[Choice(code, code) for code in currencies]),
        ],
        exports=False,
        empty_title=gettext_lazy("No customers yet"),
        empty_text=gettext_lazy("Add the first one, and you can write it an invoice or record what it paid."),
        empty_icon="people",
    )


@require_safe
@page()
def customer_list(request: StaffRequest) -> HttpResponse:
    """This function will show the customers, newest first, with what each owes and has."""
    standings: dict[UUID, list[CustomerStanding]] = {}
    table = customer_table(ledger.usable_currencies(), standings)
    query = table.read(request.GET)
    found = queries.customers_page(
        search=query.search,
        kind=query.values("kind"),
        currency=query.values("currency"),
        cursor=query.after or query.before,
    )
    standings.update(ledger.standings_of(row["id"] for row in found.rows))
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/customers.html", listed)


@page(Permission.EDIT_CUSTOMERS)
def new_customer(request: StaffRequest) -> HttpResponse:
    """This function will add a customer, with its first contact."""
    initial = {"currency": ledger.base_currency(), "kind": "business", "terms_days": 14}
    form = CustomerForm(request.POST or None, initial=initial)
    if form.is_valid():
        with refusals(form):
            shape = enrol.create_customer(**asked(request), **form.new_customer())
            url = reverse("office:customer", args=[shape["id"]])
            return done(request, url, _("%(name)s was added.") % {"name": shape["name"]})
    act = Act(title=_("Add a customer"), submit=_("Add customer"), back=reverse("office:customers"))
    return show(request, act, form, template="backoffice/customer_form.html")


@page(Permission.EDIT_CUSTOMERS)
def edit_customer(request: StaffRequest, public: str) -> HttpResponse:
    """This function will change a customer's details."""
    customer_id = addresses.customer_id_of(public)
    row = queries.customer(customer_id)
    trusts = request.actor.may(Permission.COMPLETE_PAYMENTS)
    form = CustomerForm(request.POST or None, row=row, trusts=trusts)
    act = Act(
        title=_("Edit %(name)s") % {"name": row["name"]},
        submit=_("Save"),
        back=addresses.customer_url(customer_id),
        lead=_("New payment terms count for invoices that are issued later."),
        done=_("The changes are saved."),
    )
    return carry_out(
        request,
        act,
        form,
        lambda _told: enrol.change_customer(**asked(request), customer_id=customer_id, changes=form.changes()),
        template="backoffice/customer_form.html",
    )


@page(Permission.MANAGE_CONTACTS)
def add_contact(request: StaffRequest, public: str) -> HttpResponse:
    """This function will add a contact to a customer."""
    customer_id = addresses.customer_id_of(public)
    row = queries.customer(customer_id)
    act = Act(
        title=_("Add a contact"),
        lead=row["name"],
        submit=_("Add contact"),
        back=addresses.customer_url(customer_id),
        done=_("The contact was added."),
    )
    return carry_out(
        request,
        act,
        ContactForm(request.POST or None),
        lambda told: enrol.add_contact(**asked(request), customer_id=customer_id, **told),
    )


@page(Permission.MANAGE_CONTACTS)
def edit_contact(request: StaffRequest, public: str, contact: str) -> HttpResponse:
    """This function will change a contact's name, phone and rights, and which mails go there (B2, B3)."""
    customer_id = addresses.customer_id_of(public)
    found = queries.contact(contact_id_of(contact), of_customer=customer_id)
    act = Act(
        title=_("Change %(name)s") % {"name": found.name or found.email},
        lead=found.email,
        submit=_("Save"),
        back=addresses.customer_url(customer_id),
        done=_("The changes are saved."),
    )
    return carry_out(
        request,
        act,
        PersonForm(request.POST or None, initial=person_known(found), notice=people.notice()),
        lambda told: people.change_contact(
            **asked(request), customer_id=customer_id, contact_id=found.id, changes=told
        ),
    )


@page(Permission.MANAGE_CONTACTS)
def remove_contact(request: StaffRequest, public: str, contact: str) -> HttpResponse:
    """This function will remove a contact, after saying what that means."""
    customer_id = addresses.customer_id_of(public)
    contact_id = contact_id_of(contact)
    found = next((each for each in queries.contacts(customer_id) if each.id == contact_id), None)
    if found is None and request.method != "POST":
        raise NotFound(kind="contact")
    act = Act(
        title=_("Remove this contact?"),
        # A second press of the button finds nobody, and gets the first answer.
        lead=found.email if found else "",
        submit=_("Remove contact"),
        back=addresses.customer_url(customer_id),
        tone="danger",
        happens=[_("No mail goes there any more, and this person is signed out of the portal at once.")],
        leave=_("Keep contact"),
        done=_("The contact is removed."),
    )
    return carry_out(
        request,
        act,
        KitForm(request.POST or None),
        lambda _told: people.remove_contact(**asked(request), customer_id=customer_id, contact_id=contact_id),
    )


@require_POST
@page(Permission.MANAGE_CONTACTS)
def open_portal(request: StaffRequest, public: str, contact: str) -> HttpResponse:
    """This function will invite a contact to the portal."""
    customer_id = addresses.customer_id_of(public)
    contact_id = contact_id_of(contact)
    return at_once(
        request,
        lambda: enrol.open_portal(actor=request.actor, at=request.at, customer_id=customer_id, contact_id=contact_id),
        back=addresses.customer_url(customer_id),
        message=_("The contact can sign in to the portal now, and a welcome mail is on its way."),
    )


@require_safe
@page()
def customer(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a customer: what it owes and has, its people, what is open, and what happened."""
    customer_id = addresses.customer_id_of(public)
    row = queries.customer(customer_id)
    received = lists.payments_page(PaymentFilter(customer_id=customer_id), limit=_SHOWN)
    agreed = subscriptions.subscriptions_page(SubscriptionFilter(customer_id=customer_id), limit=_SHOWN).rows
    opened = invoices.open_invoices(customer_id, limit=_MOST_OPEN + 1)
    sent = correspondence.outbox_page(customer_id=customer_id, limit=_SHOWN)
    standings = ledger.standings(customer_id)
    context: dict[str, Any] = {
        "customer": row,
        "kind": KINDS[row["kind"]],
        "own_transfer_cap": own_transfer_cap(row) if row["completes_own_transfers"] else None,
        "standings": standings,
        "offers": offers_of_customer(request, customer_id),
        "wallet": wallet_shown(request, row, public, standings),
        "belongs_to": _with_url(queries.group_of(customer_id, on=request.today)),
        "pays_for": [_with_url(each) for each in queries.groups_of_payer(customer_id)],
        "contacts": [_contact(request, public, each) for each in queries.contacts(customer_id)],
        "open_invoices": invoice_lines(opened[:_MOST_OPEN], today=request.today),
        "more_are_open": len(opened) > _MOST_OPEN,
        "payments": payment_lines(received.rows),
        "subscriptions": subscription_lines(agreed, percents_of(agreed)),
        "mails": [{**mail, "url": addresses.message_url(mail["id"])} for mail in sent.rows],
        "history": history(request, "customer", customer_id),
        "payments_url": reverse("office:customer-payments", args=[public]),
        "customer_url": request.path,
        "subscriptions_url": f"{reverse('office:subscriptions')}?customer={row['number']}",
        "invoices_url": f"{reverse('office:invoices')}?customer={row['number']}",
        "outbox_url": f"{reverse('office:outbox')}?customer={row['number']}",
        "links": _links(request, public),
        "dunning": {**choice_shape(customer_id=customer_id), **pause_link(request, customer_id)},
        "autopay": autopay_shown(request, customer_id, public),
        "setups": setups_shown(request, customer_id, public),
    }
    return render(request, "backoffice/customer.html", context)


def _with_url(group: dict[str, Any] | None) -> dict[str, Any] | None:
    return group and {**group, "url": addresses.object_url("billing_group", group["id"])}


def _links(request: StaffRequest, public: str) -> dict[str, Link]:
    offered = {
        "invoice": (
            Permission.DRAFT_INVOICES,
            Link(
                label=_("Write invoice"),
                url=f"{reverse('office:new-invoice')}?customer={public}",
                icon="invoice",
                dialog=False,
            ),
        ),
        "subscription": (
            Permission.DRAFT_SUBSCRIPTIONS,
            Link(
                label=_("New subscription"),
                url=f"{reverse('office:new-subscription')}?customer={public}",
                icon="plus",
                dialog=False,
            ),
        ),
        "payment": (
            Permission.RECORD_PAYMENTS,
            Link(
                label=_("Record payment"),
                url=f"{reverse('office:record-payment')}?customer={public}",
                icon="plus",
                dialog=False,
            ),
        ),
        "statement": (
            Permission.VIEW,
            Link(label=_("Statement"), url=reverse("office:statement", args=[public]), icon="file", dialog=False),
        ),
        "ahead": (
            Permission.RUN_BILLING,
            Link(
                label=_("The next months"),
                url=f"{reverse('office:what-if')}?customer={public}",
                icon="eye",
                dialog=False,
            ),
        ),
        "edit": (
            Permission.EDIT_CUSTOMERS,
            Link(label=_("Edit"), url=reverse("office:edit-customer", args=[public]), icon="pencil", dialog=False),
        ),
        "dunning": (
            Permission.EDIT_CUSTOMERS,
            Link(label=_("Change"), url=reverse("office:customer-dunning", args=[public]), icon="pencil"),
        ),
        "contact": (
            Permission.MANAGE_CONTACTS,
            Link(label=_("Add contact"), url=reverse("office:add-contact", args=[public]), icon="plus"),
        ),
    }
    return {name: link for name, (permission, link) in offered.items() if request.actor.may(permission)}


def _contact(request: StaffRequest, public: str, contact: queries.ContactFacts) -> dict[str, Any]:
    links: list[Link] = []
    arguments = [public, public_id(builders.CONTACT, contact.id)]
    may_manage = request.actor.may(Permission.MANAGE_CONTACTS)
    if may_manage and contact.user_id is None:
        url = reverse("office:open-portal", args=arguments)
        links.append(Link(label=_("Invite to the portal"), url=url, icon="send", post=True))
    if request.actor.may(Permission.VIEW_AS_CUSTOMER) and Right.VIEW in contact.rights:
        url = reverse("office:view-as", args=arguments)
        links.append(Link(label=_("View as customer"), url=url, icon="eye", post=True))
    if may_manage:
        links += [
            Link(label=_("Change"), url=reverse("office:edit-contact", args=arguments), icon="pencil"),
            Link(label=_("Remove"), url=reverse("office:remove-contact", args=arguments), icon="trash"),
        ]
    return {"facts": contact, "links": links}


def _amounts(standings: list[CustomerStanding], field: str) -> SafeString | str:
    shown = [
        markup.amount(getattr(each, field), each.currency, shape="code") for each in standings if getattr(each, field)
    ]
    return format_html_join("", "<div>{}</div>", ((each,) for each in shown))
