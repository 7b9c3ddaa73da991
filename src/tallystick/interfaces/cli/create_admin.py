"""`tallystick create-admin`."""

import click

from tallystick.interfaces.cli.ground import ready
from tallystick.interfaces.cli.migrate import migrate_database


@click.command()
@click.option("--email", prompt="E-mail address", help="What the administrator signs in with.")
@click.option("--name", prompt="Name", help="How the administrator is called.")
@click.option(
    "--password",
    envvar="TALLYSTICK_ADMIN_PASSWORD",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for when not given here or in TALLYSTICK_ADMIN_PASSWORD.",
)
def command(email: str, name: str, password: str) -> None:
    """Create somebody who may do everything in the back office."""
    with ready("create-admin"):
        from django.conf import settings

        from tallystick.foundation import clock
        from tallystick.foundation.errors import ExpectedError
        from tallystick.usecases.frame import SYSTEM
        from tallystick.usecases.staff import add_administrator

        migrate_database()
        try:
            add_administrator(actor=SYSTEM, at=clock.now(), email=email, name=name, password=password)
        except ExpectedError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"{email} may sign in at {settings.SITE_URL}.")
