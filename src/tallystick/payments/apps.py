"""Payments as Django sees it."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.payments"
    label = "payments"
