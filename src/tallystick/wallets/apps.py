"""Wallets as Django sees them."""

from django.apps import AppConfig


class WalletsConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.wallets"
    label = "wallets"
