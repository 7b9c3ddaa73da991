"""`tallystick migrate`."""

import time

import click

from tallystick.interfaces.cli.ground import ready

# Several machines may start a new version at once; one migrates, the others wait.
_LOCK = 7_264_000
_LOOK_AGAIN_SECONDS = 0.2
# A migration that waits for a busy table makes everybody behind it wait too: it gives up, and can be run again.
_PATIENCE = "10s"


@click.command()
def command() -> None:
    """Bring the database's tables to this version."""
    with ready("migrate"):
        changed = migrate_database()
    click.echo("The database is up to date." if not changed else f"{changed} migrations were applied.")


def pending_migrations() -> int:
    """This function will return how many migrations this version has that the database has not."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate_database() -> int:
    """This function will apply what is missing, and return how many migrations that were.

    The roles that came with the product, and that nobody changed, get what this version gives them.
    """
    from django.core.management import call_command
    from django.db import connection

    from tallystick.foundation import clock
    from tallystick.usecases import recombine
    from tallystick.usecases.frame import SYSTEM

    with connection.cursor() as cursor:
        _wait_for_turn()
        try:
            missing = pending_migrations()
            if missing:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [_PATIENCE])
                call_command("migrate", interactive=False, verbosity=0)
                cursor.execute("RESET lock_timeout")
            # Sign-in counts its tries in the cache, which lives in the database.
            call_command("createcachetable", verbosity=0)
            recombine.renew_roles(actor=SYSTEM, at=clock.now())
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    return missing


def _wait_for_turn() -> None:
    """Take the lock, asking for it again and again.

    An index that is built beside the traffic waits for every statement that runs, so also for one that waits for the
    lock, which waits for the index.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
            if cursor.fetchone() == (True,):
                return
            time.sleep(_LOOK_AGAIN_SECONDS)
