"""The command `tallystick`: one module of this package per command."""

from importlib import import_module
from importlib.metadata import version

import click

# In the order in which people need them.
COMMANDS = [
    "demo",
    "serve",
    "create-admin",
    "bill",
    "doctor",
    "verify-books",
    "fold",
    "migrate",
    "web",
    "worker",
    "manage",
]


class Commands(click.Group):
    """Imports a command's module when it is asked for, so that each starts quickly."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return COMMANDS

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"tallystick.interfaces.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command


EPILOG = """\b
Environment:
  TALLYSTICK_HOME     the data folder (database, files, secret key)
  DATABASE_URL        a PostgreSQL server of your own, 15 or later, in the place of the embedded one
  TALLYSTICK_URL      the address under which people reach this installation
  TALLYSTICK_HOSTS    the host names it answers to, separated by commas
  TALLYSTICK_PROXIES  how many proxies of yours stand before it; their word for a visitor's address is taken
  TALLYSTICK_LOG      json or text
"""


@click.command(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("tallystick"), prog_name="tallystick")
def cli() -> None:
    """Tallystick records, collects, allocates, refunds and reconciles money.

    Start with `tallystick demo` to look around, or with `tallystick serve` and `tallystick create-admin` to work.
    """


if __name__ == "__main__":
    cli()
