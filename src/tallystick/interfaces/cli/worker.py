"""`tallystick worker`."""

import click

from tallystick.interfaces.cli.ground import ready


@click.command()
@click.option("--concurrency", default=4, show_default=True, type=click.IntRange(1), help="Jobs at a time.")
@click.option("--until-empty", is_flag=True, help="Do what is due, then end.")
def command(concurrency: int, *, until_empty: bool) -> None:
    """Do the jobs that wait; on as many machines as wanted, against one database."""
    with ready("worker"):
        from tallystick.foundation.jobs import DatabaseAway, work

        try:
            work(concurrency=concurrency, until_empty=until_empty)
        except DatabaseAway as error:
            raise click.ClickException(str(error)) from None
