"""The migrations say the same as the models, and wait for no lock for ever."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


def test_no_migration_is_missing() -> None:
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    ours = {each.label for each in apps.get_app_configs() if each.name.startswith("tallystick.")}
    missing = {
        label: [operation.describe() for migration in migrations for operation in migration.operations]
        for label, migrations in detector.changes(graph=loader.graph).items()
        if label in ours
    }
    assert missing == {}, "run `tallystick manage makemigrations`"


def test_no_two_migrations_of_a_room_are_the_last() -> None:
    assert MigrationLoader(None).detect_conflicts() == {}
