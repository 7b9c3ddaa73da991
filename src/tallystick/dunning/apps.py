"""Dunning as Django sees it."""

from django.apps import AppConfig


class DunningConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.dunning"
    label = "dunning"
