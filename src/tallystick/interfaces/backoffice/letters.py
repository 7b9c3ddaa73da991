"""Letters on paper: which wait to be printed, what became of each, and many as one PDF."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tallystick.correspondence import letters
from tallystick.customers import queries as customers
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice.acts import sentence
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.files import file_response
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.tables import BulkAction, Column, Table, View, table_response
from tallystick.usecases import reminder_letters
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import letter_id_of
from tallystick.wire.letters import LETTER

STATES = {"waiting": _("To be printed"), "printed": _("Printed"), "dropped": _("Not sent")}


def letter_table(request: StaffRequest, names: dict[UUID, str]) -> Table[Row]:
    """This function will return the list of letters; `names` are those of the customers."""
    prints = request.actor.may(Permission.RESEND_MAIL) and request.actor.may(Permission.DOWNLOAD)
    return Table[Row](
        name="letters",
        label=_("Letters"),
        columns=[
            Column(key="invoice", label=_("Reminder of"), cell=lambda row: row["title"], phone="title", nowrap=True),
            Column(
                key="customer",
                label=_("Customer"),
                cell=lambda row: markup.person(names[row["customer_id"]]),
                phone="meta",
            ),
            Column(key="written", label=_("Written"), cell=lambda row: markup.moment(row["written_at"]), phone="meta"),
            Column(
                key="state",
                label=_("State"),
                cell=lambda row: markup.status(_LOOKS[row["state"]], label=STATES[row["state"]]),
                phone="amount",
            ),
            Column(key="reason", label=_("Why"), cell=lambda row: row["reason"], phone="meta"),
        ],
        row_id=lambda row: public_id(LETTER, row["id"]),
        row_href=lambda row: letter_url(row["id"]) if row["state"] != letters.DROPPED else "",
        search_label=_("Number of the invoice"),
        filters=[
            Filter(key="state", label=_("State"), choices=[Choice(state, word) for state, word in STATES.items()])
        ],
        views=[View(_("All")), View(_("To be printed"), (("state", letters.WAITING),))],
        bulk_actions=[BulkAction(name="print", label=_("Print as one PDF"), icon="printer")] if prints else [],
        exports=False,
        empty_title=_("No letters here"),
        empty_text=_("Reminders that go by letter appear here, until they are printed and after."),
        empty_icon="mail",
    )


# Letters look like mails in the same state.
_LOOKS = {"waiting": "queued", "printed": "sent", "dropped": "dropped"}


@require_safe
@page()
def letter_list(request: StaffRequest) -> HttpResponse:
    """This function will show the letters that the address asks for, the newest first."""
    names: dict[UUID, str] = {}
    table = letter_table(request, names)
    query = table.read(request.GET)
    found = letters.letters_page(cursor=query.after or query.before, state=query.values("state"), search=query.search)
    names.update(customers.names(row["customer_id"] for row in found.rows))
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        bulk_url=reverse("office:print-letters"),
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/letters.html", listed)


@require_safe
@page(Permission.DOWNLOAD)
def letter_pdf(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give a letter as PDF, as it was written; that prints nothing."""
    letter_id = letter_id_of(public)
    try:
        return file_response(reminder_letters.letter_documents(actor=request.actor, letter_ids=[letter_id]))
    except Conflict as error:
        messages.error(request, sentence(error))
    return HttpResponseRedirect(reverse("office:letters"))


@require_POST
@page(Permission.RESEND_MAIL)
def print_letters(request: StaffRequest) -> HttpResponse:
    """This function will print the chosen letters as one file, without those that are not needed any more."""
    chosen = [letter_id_of(each) for each in request.POST.getlist("selected")]
    try:
        settled = reminder_letters.print_letters(actor=request.actor, at=request.at, letter_ids=chosen)
        printed = [letter_id_of(each["id"]) for each in settled if each["state"] == letters.PRINTED]
        if printed:
            return file_response(reminder_letters.letter_documents(actor=request.actor, letter_ids=printed))
        text = ngettext(
            "Nothing to print: the letter is not needed any more.",
            "Nothing to print: the letters are not needed any more.",
            len(chosen),
        )
        messages.warning(request, text)
    except (Conflict, Invalid) as error:
        messages.error(request, sentence(error))
    return HttpResponseRedirect(reverse("office:letters"))


def letter_url(letter_id: UUID) -> str:
    """This function will return the address of a letter."""
    return reverse("office:letter-pdf", args=[public_id(LETTER, letter_id)])
