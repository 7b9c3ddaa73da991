"""`tallystick fold`."""

import click

from tallystick.interfaces.cli.ground import ready
from tallystick.interfaces.cli.telling import progress


@click.command()
def command() -> None:
    """Add up what reports read, now: the worker does it by itself, bit by bit.

    It can be stopped at any moment, and the next time goes on; reports are exact before, in between and afterwards.
    """
    with ready("fold"):
        from tallystick.usecases import upkeep

        with progress("Adding up") as told:
            upkeep.fold_balances()
            upkeep.fold_payments(told=told)
            is_whole = all(fold(told=told) for fold in (upkeep.fold_postings, upkeep.fold_tax, upkeep.fold_deferred))
    if not is_whole:
        raise click.ClickException("Somebody is posting for long. Try again in a moment.")
    click.echo("All that reports read is added up.")
