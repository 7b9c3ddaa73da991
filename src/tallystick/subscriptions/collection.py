"""Which invoices autopay leaves alone because their subscription is collected by hand (`docs/model.md`, 27)."""

from collections.abc import Iterable
from uuid import UUID

from tallystick.foundation.rows import fetch
from tallystick.payments.autopay_queries import CLAIMS, EXPECTED_OF_PAYER
from tallystick.subscriptions.models import Subscription

_BY_HAND = """
WITH claim AS MATERIALIZED ({claims})
SELECT each.invoice_id FROM (
    SELECT invoice_id, subscription_id FROM claim JOIN subscriptions_billedperiod USING (invoice_id)
    UNION ALL
    SELECT invoice_id, subscription_id FROM claim JOIN subscriptions_adjustmentline USING (invoice_id)
) AS each JOIN subscriptions_subscription subscription ON subscription.id = each.subscription_id
WHERE subscription.collection = 'manual'
"""
_CLAIMS_BY_HAND = _BY_HAND.format(claims=CLAIMS)
_OF_PAYER_BY_HAND = _BY_HAND.format(claims=EXPECTED_OF_PAYER)


def collected_by_hand(invoice_ids: Iterable[UUID]) -> set[UUID]:
    """This function will return those of the invoices on which a subscription of manual collection stands.

    One such subscription takes a whole invoice of several out: an invoice is charged in one piece.
    """
    return {row["invoice_id"] for row in fetch(_CLAIMS_BY_HAND, {"invoices": list(set(invoice_ids))})}


def of_payer_by_hand(payer_id: UUID) -> set[UUID]:
    """This function will return the same of all invoices of which a payment is expected of a payer."""
    return {row["invoice_id"] for row in fetch(_OF_PAYER_BY_HAND, {"payer": payer_id})}


def by_hand(subscription_ids: Iterable[UUID]) -> set[UUID]:
    """This function will return those of the subscriptions that are collected by hand."""
    rows = Subscription.objects.filter(id__in=set(subscription_ids), collection=Subscription.Collection.MANUAL)
    return set(rows.values_list("id", flat=True))
