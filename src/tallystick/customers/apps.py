"""Customers as Django sees it."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.customers"
    label = "customers"
