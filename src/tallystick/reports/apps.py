"""Reports as Django sees them."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.reports"
    label = "reports"
