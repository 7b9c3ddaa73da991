"""The mail of a top-up request, with its document and how to pay it."""

from datetime import datetime
from uuid import UUID

from tallystick.correspondence.mime import Attached
from tallystick.correspondence.queries import letterhead
from tallystick.correspondence.topup_contents import TopupRequested
from tallystick.customers import queries as customers
from tallystick.invoices import queries as invoices
from tallystick.invoices.states import SENT
from tallystick.usecases import places
from tallystick.usecases.documents import INVOICE, file_name
from tallystick.usecases.letters import bank_lines, in_language_of, money, queue_letter


def write(*, request_id: UUID, at: datetime) -> int:
    """This function will mail a request that was sent to the billing contacts; to all when none is for billing.

    Raises:
        NotFound: when there is no such request.
    """
    row = invoices.invoice(request_id)
    if row["state"] != SENT:
        return 0
    customer = customers.customer(row["customer_id"])
    people = customers.contacts(row["customer_id"])
    with in_language_of(customer):
        letter = TopupRequested(
            business=letterhead(),
            locale=customer["language"],
            number=row["number"],
            customer_name=customer["name"],
            sent_date=row["invoice_date"],
            total=money(row["total_minor"], row["currency"]),
            left=money(row["open_minor"], row["currency"]),
            bank=bank_lines(),
            reference=row["number"],
            request_url=places.portal_invoice(request_id),
        )
    return queue_letter(
        letter,
        row["customer_id"],
        [contact for contact in people if contact.is_billing] or people,
        about=("invoice", request_id),
        unique_key=f"invoice:{request_id}",
        at=at,
        attached=[Attached(document_kind=INVOICE, document_id=request_id, name=file_name(row["number"]))],
    )
