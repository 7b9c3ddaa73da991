"""Invoices as Django sees it."""

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.invoices"
    label = "invoices"
