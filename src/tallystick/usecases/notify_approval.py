"""The mail to those who may decide, when an act waits for a second person (decision 0021)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tallystick.correspondence import operations
from tallystick.correspondence.approval_contents import ApprovalWaits
from tallystick.correspondence.operations import Recipient
from tallystick.correspondence.queries import letterhead
from tallystick.correspondence.rendering import render
from tallystick.customers import queries as customers
from tallystick.foundation import staff
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.payments.approval_queries import approval
from tallystick.usecases.approve import MARK_PAID, NEEDS, RECORD, REFUND
from tallystick.usecases.letters import money
from tallystick.usecases.places import place
from tallystick.usecases.roles import Permission
from tallystick.wire.approvals import APPROVAL

_ACTS: Final[dict[str, Any]] = {
    RECORD: _("Record payment"),
    MARK_PAID: _("Mark as Paid"),
    REFUND: _("Refund payment"),
}


def write(*, approval_id: UUID, at: datetime) -> int:
    """This function will mail a request to every member of staff who may approve it, but not to whoever asked.

    Each gets one mail for a request, ever. Returns how many mails are new: 0 when it was decided meanwhile.

    Raises:
        NotFound: when there is no such request.
    """
    row = approval(approval_id)
    if row["state"] != "waiting":
        return 0
    needed = {Permission.VIEW, NEEDS[row["act"]]}
    readers = [
        Recipient(name=each.name, email=each.email)
        for each in staff.members()
        if each.is_active and needed <= each.permissions and row["asked_by"] != f"staff:{each.id}"
    ]
    letter = ApprovalWaits(
        business=letterhead(),
        locale="",
        act=str(_ACTS[row["act"]]),
        amount=money(row["amount_minor"], row["currency"]),
        asked_by=row["asked_label"],
        customer_name=customers.customer(row["customer_id"])["name"] if row["customer_id"] else "",
        approval_url=place("office:approval", public_id(APPROVAL, approval_id)),
    )
    with transaction():
        fresh = operations.queue(
            kind=letter.kind,
            recipients=readers,
            customer_id=None,
            about=("approval", approval_id),
            unique_key=f"approval:{approval_id}",
            content=render(letter.kind, letter),
            at=at,
        )
    return len(fresh)
