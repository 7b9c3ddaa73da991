"""Gateways as Django sees it."""

from django.apps import AppConfig


class GatewaysConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.gateways"
    label = "gateways"
