"""Correspondence as Django sees it."""

from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.correspondence"
    label = "correspondence"
