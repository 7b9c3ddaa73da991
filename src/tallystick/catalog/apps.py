"""Catalog as Django sees it."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The room's registration."""

    name = "tallystick.catalog"
    label = "catalog"
