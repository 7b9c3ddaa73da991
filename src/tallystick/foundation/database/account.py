"""Which operating-system user runs the embedded server: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SYSTEM_USER = "tallystick"


class EmbeddedDatabaseError(RuntimeError):
    """The embedded database cannot be used; the text says why and what to do, in a sentence or two."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An operating-system user that owns the cluster and runs the server."""

    uid: int
    gid: int
    name: str

    @property
    def is_other(self) -> bool:
        """This property will be true when this process is root and the server runs under another user."""
        return self.uid != os.geteuid()

    def run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """This function will run `command` as this user, in its own session, and return what came of it.

        Its own session keeps a Ctrl-C in the terminal from reaching it; a clean environment keeps the caller's PG*
        variables and language out.

        Raises:
            EmbeddedDatabaseError: when root may not become this user here.
        """
        switch: dict[str, Any] = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}
        try:
            return subprocess.run(  # noqa: PLW1510 - the callers read the return code
                command,
                **switch,
                **options,
                cwd="/",
                umask=0o077,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                text=True,
                errors="replace",
            )
        except PermissionError as error:
            raise EmbeddedDatabaseError(
                f"The embedded database runs as the operating-system user {self.name!r}, but this process may not "
                f"run {command[0]} as that user ({error.strerror}). Run Tallystick as an ordinary user, or set "
                f"DATABASE_URL to a PostgreSQL server of your own.",
            ) from error


def server_account(home: Path, data: Path) -> Account:
    """This function will return the user that runs the server of `home`.

    That is the current user. Root takes the owner of the data, else an ordinary owner of `home`, else the system user
    `tallystick`, which is created (no password, no login) when it is missing.

    Raises:
        EmbeddedDatabaseError: when there is no such user, or the data belongs to somebody else.
    """
    me = os.geteuid()
    owner = _owner(data)
    if me:
        if owner is not None and owner != me:
            raise EmbeddedDatabaseError(
                f"The database in {data} belongs to the operating-system user {_name(owner)}. Run Tallystick as that "
                f"user or as root, or set TALLYSTICK_HOME to a folder of your own.",
            )
        return _account(me)
    if owner:
        return _account(owner)
    home_owner = _owner(home)
    if home_owner and _has_name(home_owner):
        return _account(home_owner)
    return _system_account()


def _owner(folder: Path) -> int | None:
    try:
        return folder.stat().st_uid
    except FileNotFoundError:
        return None


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _name(uid: int) -> str:
    return repr(pwd.getpwuid(uid).pw_name) if _has_name(uid) else f"number {uid}"


def _account(uid: int) -> Account:
    # PostgreSQL itself refuses a user without a name, with a text that helps nobody.
    if not _has_name(uid):
        raise EmbeddedDatabaseError(
            f"The operating-system user number {uid} has no name in /etc/passwd, and PostgreSQL needs one. Run "
            f"Tallystick as a named user, or set DATABASE_URL to a PostgreSQL server of your own.",
        )
    entry = pwd.getpwuid(uid)
    return Account(uid=uid, gid=entry.pw_gid, name=entry.pw_name)


def _system_account() -> Account:
    try:
        return _account(pwd.getpwnam(SYSTEM_USER).pw_uid)
    except KeyError:
        _create_system_user()
    try:
        return _account(pwd.getpwnam(SYSTEM_USER).pw_uid)
    except KeyError as error:
        raise EmbeddedDatabaseError(
            f"The operating-system user {SYSTEM_USER!r} could not be created.{_CREATE_IT}",
        ) from error


_CREATE_IT = (
    f" PostgreSQL does not run as root: create the user with `useradd --system {SYSTEM_USER}`, run Tallystick as an "
    f"ordinary user, or set DATABASE_URL to a PostgreSQL server of your own."
)


def _create_system_user() -> None:
    nologin = shutil.which("nologin", path="/usr/sbin:/sbin:/usr/bin:/bin") or "/bin/false"
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise EmbeddedDatabaseError(f"The command useradd is missing.{_CREATE_IT}")
    done = subprocess.run(
        [useradd, "--system", "--user-group", "--no-create-home", "-d", "/nonexistent", "-s", nologin, SYSTEM_USER],
        capture_output=True,
        text=True,
        check=False,
    )
    # 9: another process of ours was faster.
    if done.returncode not in {0, 9}:
        said = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise EmbeddedDatabaseError(
            f"The operating-system user {SYSTEM_USER!r} could not be created ({said[0]}).{_CREATE_IT}",
        )
