"""What the operating system knows of the embedded server: its process, its pid file, its socket folder.

A process id is never believed by itself: it may be a zombie's that nobody reaped, or belong to another program by now.
A server's processes are known by their working folder, which is the data folder.
"""

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tallystick.foundation.database.account import Account, EmbeddedDatabaseError

SOCKET_NAME = ".s.PGSQL.5432"
# sockaddr_un holds 108 bytes on Linux, 104 on macOS, with the closing zero.
_LONGEST_SOCKET = 103
_PROC = Path("/proc")


def socket_folder(account: Account, postgres: Path) -> Path:
    """This function will return the folder of the server's socket, made private to `account`.

    It lies in the data folder, unless that path is too long for a socket or has a comma, at which libpq would split.

    Raises:
        EmbeddedDatabaseError: when somebody else owns the folder that stands in for it.
    """
    folder = postgres / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) > _LONGEST_SOCKET or "," in str(folder):
        digest = hashlib.sha256(os.fsencode(postgres)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"tallystick-{account.uid}-{digest}"
        if len(os.fsencode(folder / SOCKET_NAME)) > _LONGEST_SOCKET or "," in str(folder):
            folder = Path("/tmp") / folder.name  # noqa: S108 - its owner is checked below
    make_folder(folder, account)
    return folder


def make_folder(folder: Path, account: Account) -> None:
    """This function will create `folder`, private to `account`.

    Raises:
        EmbeddedDatabaseError: when it exists as something else, or as somebody else's.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if account.is_other:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise EmbeddedDatabaseError(
            f"{folder} exists and is not a folder of the operating-system user {account.name!r}: remove it, and start "
            f"again.",
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def running_socket(data: Path) -> Path | None:
    """This function will return the socket folder that the pid file of `data` names, or None without one."""
    lines = _pid_file(data)
    return Path(lines[4]) if len(lines) > 4 and lines[4].startswith("/") else None


def running_pid(data: Path) -> int | None:
    """This function will return the process id of the living server of `data`, or None."""
    lines = _pid_file(data)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    if not _PROC.is_dir() or not (_PROC / "self").exists():
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return pid
        return None
    return pid if _works_in(_PROC / str(pid), data) else None


def wait_until_gone(data: Path, seconds: float) -> bool:
    """This function will wait until no process of the server of `data` is left, and tell whether that came true."""
    until = time.monotonic() + seconds
    while any(_processes(data)):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def forget(data: Path) -> None:
    """This function will remove what a killed server left behind, which would keep the next one from starting."""
    if folder := running_socket(data):
        (folder / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
        (folder / SOCKET_NAME).unlink(missing_ok=True)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _pid_file(data: Path) -> list[str]:
    try:
        return [line.strip() for line in os.fsdecode((data / "postmaster.pid").read_bytes()).split("\n")]
    except FileNotFoundError:
        return []


def _processes(data: Path) -> Iterator[Path]:
    if _PROC.is_dir():
        yield from (entry for entry in _PROC.iterdir() if entry.name.isdigit() and _works_in(entry, data))


def _works_in(process: Path, data: Path) -> bool:
    # A zombie has no working folder any more, and a stranger's is not ours to read: neither is our server.
    try:
        return (process / "cwd").samefile(data) and (process / "exe").readlink().name.startswith("postgres")
    except OSError:
        return False
