"""Allocations as Django sees it."""

from django.apps import AppConfig


class AllocationsConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.allocations"
    label = "allocations"
