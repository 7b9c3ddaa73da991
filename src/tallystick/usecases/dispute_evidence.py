"""What answers a dispute (E38d): the invoices that the payment was for, and the contracts behind them, as one ZIP."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tallystick.allocations.queries import allocations_of_payment
from tallystick.foundation import audit
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices.documents.bundles import as_zip
from tallystick.payments import dispute_queries
from tallystick.payments import queries as payments
from tallystick.subscriptions import queries as subscriptions
from tallystick.subscriptions import references
from tallystick.subscriptions.references import Reference
from tallystick.usecases import documents
from tallystick.usecases.frame import require_own
from tallystick.usecases.roles import Permission


def dispute_evidence(*, actor: Actor, at: datetime, dispute_id: UUID) -> File:
    """This function will return a ZIP with the invoices and the contract files that a disputed payment was for.

    Who took it stands in the trail of the dispute.

    Raises:
        NotFound: when there is no such dispute, or not for this actor.
        DocumentNotDrawn: when an invoice cannot be drawn.
    """
    actor.require(Permission.DOWNLOAD)
    row = dispute_queries.dispute(dispute_id)
    require_own(actor, row["payment__customer_id"], kind="dispute")
    invoice_ids = paid_invoices(row["payment_id"])
    drawn = [documents.invoice_document(actor=actor, invoice_id=each) for each in invoice_ids]
    files = _named_apart([*drawn, *_contracts(billed_subscriptions(invoice_ids))])
    with transaction():
        audit.record(
            actor=actor,
            at=at,
            action="download_evidence",
            kind="dispute",
            object_id=dispute_id,
            after={"files": [each.name for each in files]},
        )
    return File(name=f"dispute-{dispute_id.hex[-8:]}.zip", media_type="application/zip", content=as_zip(files))


def paid_invoices(payment_id: UUID) -> list[UUID]:
    """This function will return the invoices that a payment was expected for or ever settled, each once."""
    expected = payments.payment(payment_id)["invoice_id"]
    settled = [part["invoice_id"] for part in allocations_of_payment(payment_id)]
    return list(dict.fromkeys([*([expected] if expected else []), *settled]))


def billed_subscriptions(invoice_ids: Iterable[UUID]) -> list[Reference]:
    """This function will return the subscriptions that invoices are for, each once, by their numbers."""
    found = {each.id: each for each in references.of_lines(invoice_ids).values()}
    return sorted(found.values(), key=lambda each: each.number)


def _contracts(billed: Iterable[Reference]) -> list[File]:
    found = []
    for each in billed:
        for kept in subscriptions.files(each.id):
            row, content = subscriptions.file_content(kept["id"], of_subscription=each.id)
            found.append(File(name=f"{each.number} {row['name']}", media_type=row["media_type"], content=content))
    return found


def _named_apart(files: Iterable[File]) -> list[File]:
    """Two contracts may have the same name; in a ZIP each name stands once."""
    seen: Counter[str] = Counter()
    named = []
    for each in files:
        seen[each.name] += 1
        stem, dot, ending = each.name.rpartition(".")
        again = f" ({seen[each.name]})" if seen[each.name] > 1 else ""
        name = f"{stem}{again}{dot}{ending}" if dot else f"{each.name}{again}"
        named.append(File(name=name, media_type=each.media_type, content=each.content))
    return named
