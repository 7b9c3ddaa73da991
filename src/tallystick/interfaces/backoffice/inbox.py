"""Messages of payment services that wait for somebody: the list, and the page of one, where it is closed (S19)."""

from collections.abc import Sequence

from django import forms
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.foundation.ids import public_id
from tallystick.gateways import queries
from tallystick.gateways.message_states import CLOSE, CLOSED, OPEN, REOPEN, TRANSITIONS
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.kit.tables import Column, Table, View, table_response
from tallystick.usecases import inbox as usecases
from tallystick.usecases.roles import Permission
from tallystick.wire.gateway_messages import GATEWAY_MESSAGE
from tallystick.wire.ids import gateway_message_id_of

# How each state looks, and its word.
_STATES = {
    "stored": ("queued", gettext_lazy("Not acted upon yet")),
    "unmatched": ("unmatched", gettext_lazy("Unmatched")),
    "closed": ("ended", gettext_lazy("Closed")),
    "handled": ("matched", gettext_lazy("Acted upon")),
    "ignored": ("ended", gettext_lazy("Nothing to us")),
}


def state_shown(row: Row) -> SafeString:
    """This function will draw the state of a message."""
    look, word = _STATES[row["state"]]
    return markup.status(look, label=word)


MESSAGES = Table[Row](
    name="gateway_messages",
    label=gettext_lazy("Waiting messages"),
    columns=[
        Column(
            key="kind",
            label=gettext_lazy("Message"),
            cell=lambda row: markup.thing(row["kind"], detail=row["external_id"]),
            phone="title",
        ),
        Column(
            key="account",
            label=gettext_lazy("Payment service"),
            cell=lambda row: row["account__name"],
            wide_only=True,
        ),
        Column(key="state", label=gettext_lazy("State"), cell=state_shown, phone="amount"),
        Column(
            key="received",
            label=gettext_lazy("Received"),
            cell=lambda row: markup.moment(row["received_at"]),
            phone="meta",
            nowrap=True,
        ),
        Column(
            key="remark",
            label=gettext_lazy("Remark"),
            cell=lambda row: row["closed_reason"] or row["remark"],
            phone="meta",
        ),
    ],
    row_id=lambda row: public_id(GATEWAY_MESSAGE, row["id"]),
    row_href=lambda row: addresses.object_url("gateway_message", row["id"]),
    filters=[Filter(key="state", label=gettext_lazy("State"), choices=[Choice(CLOSED, gettext_lazy("Closed"))])],
    views=[View(gettext_lazy("Open")), View(gettext_lazy("Closed"), (("state", CLOSED),))],
    exports=False,
    empty_title=gettext_lazy("Nothing waits"),
    empty_text=gettext_lazy("Every message found its payment."),
    empty_icon="check-circle",
)


class CloseForm(KitForm):
    """Why nothing else comes of a message."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=usecases.LONGEST_REASON)


@require_safe
@page(Permission.HANDLE_INBOX)
def message_list(request: StaffRequest) -> HttpResponseBase:
    """This function will show the messages that fit nothing or that nothing acted on yet, or those that were closed."""
    query = MESSAGES.read(request.GET)
    states = query.values("state") or OPEN
    found = queries.messages_page(states=states, cursor=query.after or query.before)
    listed = MESSAGES.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        saved=saved_views_of(request, MESSAGES),
    )
    return table_response(request, "backoffice/inbox.html", listed)


@require_safe
@page(Permission.HANDLE_INBOX)
def message(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show what a payment service told us, and what became of it."""
    row = queries.message(gateway_message_id_of(public))
    context = {
        "message": row,
        "state_shown": state_shown(row),
        "main": _act(row, public),
        "history": history(request, "gateway_message", row["id"]),
    }
    return render(request, "backoffice/gateway_message.html", context)


@page(Permission.HANDLE_INBOX)
def close(request: StaffRequest, public: str) -> HttpResponse:
    """This function will close a message that fits nothing."""
    row = queries.message(gateway_message_id_of(public))
    act = Act(
        title=_("Close “%(kind)s”?") % {"kind": row["kind"]},
        submit=_("Close message"),
        back=addresses.object_url("gateway_message", row["id"]),
        happens=[_("It waits for nobody any more. No payment changes, and it can be opened again.")],
        done=_("The message is closed."),
    )
    form = CloseForm(request.POST or None)
    return carry_out(
        request,
        act,
        form,
        lambda told: usecases.close_message(**asked(request), message_id=row["id"], reason=told["reason"]),
    )


@page(Permission.HANDLE_INBOX)
def reopen(request: StaffRequest, public: str) -> HttpResponse:
    """This function will let a closed message wait for somebody again."""
    row = queries.message(gateway_message_id_of(public))
    act = Act(
        title=_("Open “%(kind)s” again?") % {"kind": row["kind"]},
        submit=_("Open again"),
        back=addresses.object_url("gateway_message", row["id"]),
        happens=[_("It stands among the messages that wait, as it did before.")],
        done=_("The message waits again."),
    )
    form = ConfirmForm(request.POST or None)
    return carry_out(request, act, form, lambda _told: usecases.reopen_message(**asked(request), message_id=row["id"]))


def message_lines(rows: Sequence[Row]) -> list[Row]:
    """This function will return what a short list of messages shows, in their order."""
    return [
        {**row, "url": addresses.object_url("gateway_message", row["id"]), "state_shown": state_shown(row)}
        for row in rows
    ]


def _act(row: Row, public: str) -> Link | None:
    if (row["state"], CLOSE) in TRANSITIONS:
        return Link(label=_("Close"), url=reverse("office:close-gateway-message", args=[public]), icon="check")
    if (row["state"], REOPEN) in TRANSITIONS:
        return Link(label=_("Open again"), url=reverse("office:reopen-gateway-message", args=[public]), icon="undo")
    return None
