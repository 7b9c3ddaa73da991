"""Mails: what went out, what it says, and sending it once more."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.correspondence import queries
from tallystick.correspondence.contents import Kind
from tallystick.correspondence.queries import MessageFacts
from tallystick.customers import queries as customers
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link, at_once
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.backoffice.payment_table import customers_named, is_customer
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.security import allow
from tallystick.interfaces.kit.tables import Column, Table, View, table_response
from tallystick.usecases import deliver
from tallystick.usecases.roles import Permission

KINDS = {
    Kind.RECEIPT: _("Receipt"),
    Kind.COMING_INVOICE: _("Coming invoice"),
    Kind.INVOICE_ISSUED: _("Invoice"),
    Kind.CREDIT_NOTE_ISSUED: _("Credit note"),
    Kind.TOPUP_REQUESTED: _("Top-up request"),
    Kind.TAX_INVOICE_ISSUED: _("Tax invoice"),
    Kind.PURCHASES_TAXED: _("Tax invoice of purchases"),
    Kind.PAYMENT_FAILED: _("Payment failed"),
    Kind.REMINDER: _("Reminder"),
    Kind.PROMISE_NOTED: _("Promise to pay"),
    Kind.DUE_DATE_AGREED: _("Agreed due date"),
    Kind.ACTION_NEEDED: _("Confirmation needed"),
    Kind.AUTOPAY_AGREED: _("Autopay agreed"),
    Kind.AUTOPAY_CHANGED: _("Autopay changed"),
    Kind.METHOD_ADDED: _("Payment method added"),
    Kind.METHOD_REMOVED: _("Payment method removed"),
    Kind.TRANSFER_INSTRUCTIONS: _("How to transfer"),
    Kind.REFUND_SENT: _("Refund"),
    Kind.STATEMENT: _("Statement of account"),
    Kind.SIGN_IN_LINK: _("Sign-in link"),
    Kind.PASSWORD_LINK: _("Password link"),
    Kind.SECOND_FACTOR_RESET: _("Second factor reset"),
    Kind.ADDRESS_LINK: _("Confirmation of a new address"),
    Kind.ADDRESS_CHANGING: _("Change of an address"),
    Kind.WELCOME: _("Welcome"),
    Kind.APPROVAL_WAITS: _("Second person asked for"),
    Kind.CARD_TRIES_STOPPED: _("Stopped from trying cards"),
}
_STATES = {
    "queued": _("Queued"),
    "sent": _("Sent"),
    "failed": _("Failed"),
    "bounced": _("Came back"),
    "dropped": _("Not sent"),
}
# A mail is people's text in HTML: it is shown in a frame that runs nothing, sends nothing and loads nothing foreign.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'; sandbox"
)


def mail_table(names: dict[UUID, str]) -> Table[Row]:
    """This function will return the list of mails; `names` are those of the customers."""
    return Table[Row](
        name="mails",
        label=_("Mails"),
        columns=[
            Column(key="subject", label=_("Subject"), cell=lambda row: row["subject"], phone="title"),
            Column(key="to", label=_("To"), cell=lambda row: row["recipient_email"], phone="meta"),
            Column(
                key="customer",
                label=_("Customer"),
                cell=lambda row: names.get(row["customer_id"], ""),
                wide_only=True,
            ),
            Column(key="kind", label=_("Kind"), cell=lambda row: _kind(row["kind"]), wide_only=True, nowrap=True),
            Column(
                key="state",
                label=_("State"),
                cell=lambda row: markup.status(row["state"], label=_STATES[row["state"]]),
                phone="amount",
            ),
            Column(key="written", label=_("Written"), cell=lambda row: markup.moment(row["created_at"]), phone="meta"),
        ],
        row_id=lambda row: public_id(addresses.MESSAGE, row["id"]),
        row_href=lambda row: addresses.message_url(row["id"]),
        search_label=_("Address or subject"),
        filters=[
            Filter(key="kind", label=_("Kind"), choices=[Choice(kind.value, word) for kind, word in KINDS.items()]),
            Filter(key="state", label=_("State"), choices=[Choice(state, word) for state, word in _STATES.items()]),
            Filter(key="customer", label=_("Customer"), kind="text", finds=is_customer),
        ],
        views=[
            View(_("All")),
            View(_("Not delivered"), (("state", "failed"), ("state", "bounced"))),
        ],
        exports=False,
        empty_title=_("No mails yet"),
        empty_text=_("Receipts, invoices and reminders appear here, with what became of each."),
        empty_icon="mail",
    )


@require_safe
@page()
def outbox(request: StaffRequest) -> HttpResponse:
    """This function will show the mails that the address asks for, newest first."""
    names: dict[UUID, str] = {}
    table = mail_table(names)
    query = table.read(request.GET)
    typed = query.text("customer")
    found = queries.outbox_page(
        cursor=query.after or query.before,
        kind=query.values("kind"),
        state=query.values("state"),
        search=query.search,
        customer_ids=customers_named(typed) if typed else None,
    )
    names.update(customers.names(row["customer_id"] for row in found.rows if row["customer_id"]))
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/outbox.html", listed)


@require_safe
@page()
def message(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a mail: to whom, what became of it, and the mail itself in a closed frame."""
    found = _message(public)
    again = None
    if request.actor.may(Permission.RESEND_MAIL) and found.state not in {"queued", "dropped"}:
        again = Link(label=_("Send again"), url=reverse("office:resend", args=[public]), icon="send", post=True)
    context = {
        "message": found,
        "kind": _kind(found.kind),
        "state_word": _STATES[found.state],
        "about_url": addresses.object_url(found.about_kind, found.about_id),
        "customer_url": addresses.customer_url(found.customer_id) if found.customer_id else "",
        "customer_name": customers.names([found.customer_id]).get(found.customer_id, "") if found.customer_id else "",
        "attachments": [
            {"name": each.name, "url": addresses.document_url(each.document_kind, each.document_id)}
            for each in found.attachments
        ],
        "body_url": reverse("office:message-body", args=[public]),
        "again": again,
        "history": history(request, "message", found.id),
    }
    response = render(request, "backoffice/message.html", context)
    allow(response, "frame-src", "'self'")
    return response


@require_safe
@page()
def message_body(request: StaffRequest, public: str) -> HttpResponse:
    """This function will return the mail's own HTML, under a policy of its own."""
    del request
    content = _message(public).content
    if content is None:
        raise NotFound(kind="message")
    headers = {"Content-Security-Policy": _MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HttpResponse(content.html, headers=headers)


@require_POST
@page(Permission.RESEND_MAIL)
def resend(request: StaffRequest, public: str) -> HttpResponse:
    """This function will have a mail sent once more."""
    message_id = parse_public_id(addresses.MESSAGE, public, kind="message")
    return at_once(
        request,
        lambda: deliver.resend_message(actor=request.actor, at=request.at, message_id=message_id),
        back=addresses.message_url(message_id),
        message=_("The mail is queued once more."),
    )


def _message(public: str) -> MessageFacts:
    return queries.message(parse_public_id(addresses.MESSAGE, public, kind="message"))


def _kind(kind: str) -> str:
    return str(KINDS.get(Kind(kind), kind)) if kind in set(Kind) else kind
