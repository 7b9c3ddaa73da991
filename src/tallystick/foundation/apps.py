"""Foundation as Django sees it."""

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.foundation"
    label = "foundation"
