"""`tallystick verify-books`."""

import click
from rich.console import Console

from tallystick.interfaces.cli.ground import ready
from tallystick.interfaces.cli.telling import progress


@click.command()
def command() -> None:
    """Recompute all books from their postings and compare; ends with 1 when anything differs."""
    console = Console(soft_wrap=True, highlight=False)
    with ready("verify-books"):
        from tallystick.interfaces.cli.migrate import pending_migrations
        from tallystick.reports.verify_books import verify_books

        if pending_migrations():
            raise click.ClickException("The database is not at this version yet. Run `tallystick migrate` first.")
        with progress("Recomputing the books") as told:
            report = verify_books(told)
    for check in report.checks:
        console.print(f" {'[red]✗[/]' if check.failures else '[green]✓[/]'} {check.counted:>9,}  ", end="")
        console.print(check.statement, markup=False)
        for failure in check.failures:
            console.print(f"              {failure}", markup=False)
    if report.failures:
        raise click.ClickException(
            f"The books do not agree ({len(report.failures)} differences). Stop writing to them, keep a copy of the "
            f"database, and find out which program wrote the first of these.",
        )
    console.print(f"The books agree: {len(report.checks)} statements, each on everything it speaks of.")
