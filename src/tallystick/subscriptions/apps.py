"""Subscriptions as Django sees it."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.subscriptions"
    label = "subscriptions"
