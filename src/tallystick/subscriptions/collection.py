"""Which invoices autopay leaves alone because their subscription is collected by hand (`docs/model.md`, 27)."""

from collections.abc import Iterable
from uuid import UUID

from tallystick.subscriptions.models import BilledPeriod, Subscription


def collected_by_hand(invoice_ids: Iterable[UUID]) -> set[UUID]:
    """This function will return those of the invoices on which a subscription of manual collection stands."""
    rows = BilledPeriod.objects.filter(
        invoice_id__in=set(invoice_ids), subscription__collection=Subscription.Collection.MANUAL
    )
    return set(rows.values_list("invoice_id", flat=True))
