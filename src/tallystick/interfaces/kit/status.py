"""How each state of the house looks: a tone and an icon beside its word. The word itself is the caller's.

That of a payment's status comes from `wire.words`; the words here serve where the caller brings none.
"""

from typing import Final, Literal, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Tone = Literal["neutral", "accent", "success", "warning", "danger", "special"]


class Look(NamedTuple):
    """The tone and icon of a state, and the word used when the caller brings none."""

    tone: Tone
    icon: str
    word: str | Promise


LOOKS: Final[dict[str, Look]] = {
    # payments
    "scheduled": Look("neutral", "calendar", _("Scheduled")),
    "pending": Look("warning", "clock", _("Pending")),
    "processing": Look("accent", "processing", _("Processing")),
    "completed": Look("success", "check-circle", _("Completed")),
    "failed": Look("danger", "x-circle", _("Failed")),
    "cancelled": Look("neutral", "stop", _("Cancelled")),
    "refunded": Look("special", "undo", _("Refunded")),
    "part_refunded": Look("special", "undo", _("Part refunded")),
    "purchase": Look("neutral", "product", _("Purchase")),
    "disputed": Look("danger", "flag", _("Disputed")),
    "lost_in_dispute": Look("danger", "flag", _("Lost in dispute")),
    "inquiry": Look("warning", "help", _("Inquiry")),
    "opened": Look("danger", "flag", _("Open")),
    "reversed": Look("neutral", "unlink", _("Reversed")),
    "superseded": Look("neutral", "stop", _("Superseded")),
    "confirmed_by_customer": Look("warning", "person", _("Confirmed by the customer")),
    "unassigned": Look("warning", "help", _("No customer yet")),
    "unknown": Look("warning", "help", _("Being checked")),
    # invoices
    "draft": Look("neutral", "pencil", _("Draft")),
    "issued": Look("accent", "send", _("Issued")),
    "open": Look("accent", "circle", _("Open")),
    "part_paid": Look("accent", "percent", _("Part paid")),
    "paid": Look("success", "check-circle", _("Paid")),
    "overdue": Look("danger", "alert", _("Overdue")),
    "credited": Look("special", "undo", _("Credited")),
    "written_off": Look("neutral", "x-circle", _("Written off")),
    "void": Look("neutral", "stop", _("Void")),
    "requested": Look("accent", "send", _("Sent")),
    "part_provisioned": Look("accent", "percent", _("Part provisioned")),
    "provisioned": Look("success", "wallet", _("Provisioned")),
    # subscriptions, customers, access
    "trial": Look("accent", "clock", _("Trial")),
    "active": Look("success", "check-circle", _("Active")),
    "paused": Look("warning", "pause", _("Paused")),
    "suspended": Look("danger", "stop", _("Suspended")),
    "ended": Look("neutral", "stop", _("Ended")),
    "expired": Look("neutral", "clock", _("Expired")),
    "revoked": Look("neutral", "x-circle", _("Revoked")),
    # lines, deliveries, jobs
    "matched": Look("success", "link", _("Matched")),
    "unmatched": Look("warning", "unlink", _("Unmatched")),
    "sent": Look("success", "check-circle", _("Sent")),
    "bounced": Look("danger", "x-circle", _("Came back")),
    "dropped": Look("neutral", "stop", _("Not sent")),
    "delivered": Look("success", "check-circle", _("Delivered")),
    "queued": Look("neutral", "clock", _("Queued")),
    "won": Look("success", "check-circle", _("Won")),
    "lost": Look("danger", "x-circle", _("Lost")),
    "locked": Look("neutral", "lock", _("Locked")),
}


def look_of(state: str) -> Look:
    """This function will return how a state looks; one that is not known here is neutral and named as it is."""
    return LOOKS.get(state) or Look("neutral", "circle", state.replace("_", " ").capitalize())
