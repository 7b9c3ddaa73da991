"""Ledger as Django sees it."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.ledger"
    label = "ledger"
