"""Which invoices autopay leaves alone because their subscription is collected by hand (`docs/model.md`, 27)."""

from collections.abc import Iterable
from uuid import UUID

from tallystick.subscriptions.models import AdjustmentLine, BilledPeriod, Subscription


def collected_by_hand(invoice_ids: Iterable[UUID]) -> set[UUID]:
    """This function will return those of the invoices on which a subscription of manual collection stands.

    One such subscription takes a whole invoice of several out: an invoice is charged in one piece.
    """
    wanted = set(invoice_ids)
    by_hand = Subscription.Collection.MANUAL
    periods = BilledPeriod.objects.filter(invoice_id__in=wanted, subscription__collection=by_hand)
    others = AdjustmentLine.objects.filter(invoice_id__in=wanted, subscription__collection=by_hand)
    return {*periods.values_list("invoice_id", flat=True), *others.values_list("invoice_id", flat=True)}


def by_hand(subscription_ids: Iterable[UUID]) -> set[UUID]:
    """This function will return those of the subscriptions that are collected by hand."""
    rows = Subscription.objects.filter(id__in=set(subscription_ids), collection=Subscription.Collection.MANUAL)
    return set(rows.values_list("id", flat=True))
