"""`tallystick manage`."""

import click

from tallystick.interfaces.cli.ground import ready


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run one of Django's own commands, such as `manage makemigrations`."""
    with ready("manage"):
        from django.core.management import execute_from_command_line

        execute_from_command_line(["tallystick manage", *arguments])
