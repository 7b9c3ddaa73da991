"""The general journal of a month as a file: for the back office and the API."""

from datetime import date

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tallystick.foundation.permissions import Actor
from tallystick.interfaces.kit.files import csv_download
from tallystick.usecases import month_end


def journal_file(actor: Actor, month: date) -> StreamingHttpResponse:
    """This function will answer with every posting of a month, given by its first day, as CSV.

    Raises:
        NotAllowed: when the actor may not close months.
    """
    headings = [
        _("Day"),
        _("Entry"),
        _("Rule"),
        _("Account"),
        _("Name of the account"),
        _("Customer number"),
        _("Currency"),
        _("Debit"),
        # The side of a posting, which is not the money that a customer has left.
        pgettext("posting", "Credit"),
        _("Debit in base currency"),
        _("Credit in base currency"),
        _("Recorded (UTC)"),
    ]
    return csv_download(f"journal-{month:%Y-%m}", month_end.journal(actor=actor, month=month, headings=headings))
