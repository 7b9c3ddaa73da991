"""The embedded PostgreSQL server: made, started, shared by several processes and stopped by the last of them.

Two lock files carry it all, because the kernel frees a lock even when its holder is killed: `lifecycle.lock` is held
while somebody starts or stops the server, `users.lock` is shared by everybody who uses it. Nothing here believes a
process id; whether the server runs is decided by connecting to it.
"""

import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tallystick.foundation.database import postmaster
from tallystick.foundation.database.account import Account, EmbeddedDatabaseError, server_account
from tallystick.foundation.database.binaries import MAJOR, programs
from tallystick.foundation.database.configuration import DATABASE, ROLE, replace_file, write_configuration

__all__ = ["EmbeddedDatabaseError", "Server", "running", "start"]

# Recovery after a power cut replays at most max_wal_size, and a last checkpoint writes at most all buffers.
_PATIENCE_SECONDS = 300.0
_LOG_BYTES = 8 * 1024 * 1024
# A server whose places are all taken is up, although it lets nobody in.
_FULL_HOUSE = ("too many clients", "remaining connection slots")


class Server:
    """A share in the running server of one data folder; `start` makes it, `stop` gives it back."""

    def __init__(self, home: Path, options: Mapping[str, str]) -> None:
        self.home = home
        self._options = dict(options)
        self._root = home / "postgres"
        self._data = self._root / str(MAJOR)
        self._users: int | None = None
        self._socket = self._root / "run"

    @property
    def socket_folder(self) -> Path:
        """This property will be the folder of the server's socket, which is libpq's `host`."""
        return self._socket

    @property
    def conninfo(self) -> str:
        """This property will be the connection string of the database `tallystick`, fit for `DATABASE_URL`."""
        return self.conninfo_of(DATABASE)

    @property
    def log_file(self) -> Path:
        """This property will be the file that the server writes its messages to."""
        return self._root / "log" / "server.log"

    def conninfo_of(self, database: str) -> str:
        """This function will return the connection string of another database of this server."""
        return make_conninfo(host=str(self._socket), user=ROLE, dbname=database)

    def is_up(self) -> bool:
        """This function will tell whether the server answers, by connecting to it."""
        return self._answers(self._socket)

    def acquire(self) -> None:
        """This function will take a share in the server, and start it when it does not answer.

        It repairs as well: after the server was killed, the same call brings it back.

        Raises:
            EmbeddedDatabaseError: with what is wrong and what to do.
        """
        with _explained(self.home):
            _check_path(self.home)
            account = server_account(self.home, self._data)
            _make_folders(self.home, self._root)
            with self._lifecycle():
                if self._users is None:
                    self._users = self._open_lock("users.lock")
                    fcntl.flock(self._users, fcntl.LOCK_SH)
                try:
                    self._bring_up(account)
                except BaseException:
                    self._let_go()
                    raise

    def stop(self) -> bool:
        """This function will give the share back, and stop the server when nobody else has one.

        Returns False when somebody still uses the server, which then stays up.

        Raises:
            EmbeddedDatabaseError: when the server does not end.
        """
        if self._users is None:
            return False
        with _explained(self.home), self._lifecycle():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._let_go()
                return False
            try:
                self._shut_down()
            finally:
                self._let_go()
            return True

    def _bring_up(self, account: Account) -> None:
        if not self._attach():
            self._clear_away()
            if not self._data.exists():
                self._make_cluster(account)
            self._launch(account)
        # Django's settings are read by other processes, which learn from this file where to connect.
        replace_file(self._root / "socket", os.fsencode(self._socket), owner=self._keeper(), mode=0o644)

    def _attach(self) -> bool:
        """This function will wait for a server that starts, recovers or ends, and tell whether one answers then."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            folder = postmaster.running_socket(self._data)
            if folder is not None and self._answers(folder):
                self._socket = folder
                self._make_database()
                return True
            pid = postmaster.running_pid(self._data)
            if pid is None:
                return False
            if time.monotonic() > until:
                raise EmbeddedDatabaseError(
                    f"PostgreSQL (process {pid}) has been starting or stopping for {_PATIENCE_SECONDS:.0f} seconds. "
                    f"What it does stands in {self.log_file}.",
                )
            time.sleep(0.05)

    def _clear_away(self) -> None:
        if not postmaster.wait_until_gone(self._data, _PATIENCE_SECONDS):
            raise EmbeddedDatabaseError(
                f"Processes of a killed PostgreSQL still work in {self._data}: end them, and start again.",
            )
        postmaster.forget(self._data)

    def _make_cluster(self, account: Account) -> None:
        fresh = self._data.with_name(f"{MAJOR}.new")
        # What a killed initdb left.
        shutil.rmtree(fresh, ignore_errors=True)
        self._check_reach(account)
        postmaster.make_folder(fresh, account)
        initdb = [str(programs(account, self._root) / "initdb"), "--pgdata", str(fresh), "--username", ROLE]
        # Always said, because what PostgreSQL would choose depends on its version and on who starts it.
        initdb += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--auth=peer", "--no-instructions"]
        done = account.run(initdb, capture_output=True)
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise EmbeddedDatabaseError(f"The database in {self._data} could not be made: {_reason(done.stderr)}.")
        fresh.rename(self._data)

    def _launch(self, account: Account) -> None:
        if not (self._data / "PG_VERSION").exists():
            raise EmbeddedDatabaseError(f"{self._data} is not a PostgreSQL data folder: move it away, and start again.")
        self._check_reach(account)
        self._socket = postmaster.socket_folder(account, self._root)
        names = sorted({account.name, pwd.getpwuid(0).pw_name})
        write_configuration(self._data, self._socket, names, self._options, account.uid)
        postmaster.make_folder(self.log_file.parent, account)
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_BYTES:
            self.log_file.replace(self.log_file.with_name("server.log.1"))
        start = [str(programs(account, self._root) / "pg_ctl"), "start", "--silent", "--wait"]
        start += ["--timeout", f"{_PATIENCE_SECONDS:.0f}", "--pgdata", str(self._data), "--log", str(self.log_file)]
        # A file, never a pipe: the server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            done = account.run(start, stdout=said, stderr=subprocess.STDOUT)
            said.seek(0)
            if done.returncode or not self._answers(self._socket):
                raise EmbeddedDatabaseError(
                    f"PostgreSQL could not start: {_reason(self._log_tail() or said.read())}. The whole story stands "
                    f"in {self.log_file}.",
                )
        self._make_database()

    def _make_database(self) -> None:
        with psycopg.connect(self.conninfo_of("postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _shut_down(self) -> None:
        pid = postmaster.running_pid(self._data)
        if pid is not None:
            # PostgreSQL's "fast" shutdown: sessions are ended, everything is written.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        self._clear_away()

    def _answers(self, folder: Path) -> bool:
        try:
            with psycopg.connect(host=str(folder), user=ROLE, dbname="postgres", connect_timeout=5) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
                return row is not None and self._data.samefile(row[0])
        except psycopg.OperationalError as error:
            return any(sign in str(error) for sign in _FULL_HOUSE)

    def _check_reach(self, account: Account) -> None:
        if account.is_other and account.run(["/bin/sh", "-c", 'test -x "$0"', str(self._root)]).returncode:
            raise EmbeddedDatabaseError(
                f"PostgreSQL does not run as root but as the operating-system user {account.name!r}, who cannot reach "
                f"{self.home}. Set TALLYSTICK_HOME to a folder such as /var/lib/tallystick, or let that user through "
                f"the parent folders (chmod o+x).",
            )

    def _log_tail(self) -> str:
        try:
            return self.log_file.read_text(errors="replace")[-4000:]
        except OSError:
            return ""

    def _keeper(self) -> int:
        return self._root.stat().st_uid

    def _open_lock(self, name: str) -> int:
        descriptor = os.open(self._root / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if os.geteuid() == 0:
            os.fchown(descriptor, self._keeper(), -1)
        return descriptor

    @contextmanager
    def _lifecycle(self) -> Iterator[None]:
        descriptor = self._open_lock("lifecycle.lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _let_go(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None


def start(home: Path, *, extra_options: Mapping[str, str] | None = None) -> Server:
    """This function will return a share in the running server of `home`, which it makes and starts where needed.

    `extra_options` (names and values of postgresql.conf) hold from the next start of the server on.

    Raises:
        EmbeddedDatabaseError: with what is wrong and what to do.
    """
    server = Server(home.absolute(), extra_options or {})
    server.acquire()
    return server


@contextmanager
def running(home: Path, *, extra_options: Mapping[str, str] | None = None) -> Iterator[Server]:
    """This function will hold a share in the running server of `home` as long as the context lasts."""
    server = start(home, extra_options=extra_options)
    try:
        yield server
    finally:
        server.stop()


def _check_path(home: Path) -> None:
    # pg_ctl hands the path to a shell between double quotes.
    if bad := sorted(set('"$`\\\n\r') & set(str(home))):
        raise EmbeddedDatabaseError(
            f"The path of the data folder {str(home)!r} contains {bad[0]!r}, which PostgreSQL's programs do not take. "
            f"Set TALLYSTICK_HOME to another folder.",
        )


def _make_folders(home: Path, root: Path) -> None:
    """This function will create what is missing down to `root`; what exists keeps its permissions."""
    missing = [folder for folder in (root, home, *home.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            # Whatever root's umask is, the server's user must come through, to read the list of nothing.
            folder.chmod(0o711)
            above = folder.parent.stat()
            if folder == root and above.st_uid:
                os.chown(folder, above.st_uid, above.st_gid)


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else home
        raise EmbeddedDatabaseError(
            f"The data folder {home} cannot be used: {error.strerror or error} ({where}). Give this user a writable "
            f"folder with space in TALLYSTICK_HOME, or set DATABASE_URL to a PostgreSQL server of your own.",
        ) from error


def _reason(said: str) -> str:
    lines = [line for line in said.strip().splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "error:"))]
    chosen = (telling or lines or ["no reason given"])[-1]
    return re.sub(r"^.*?(FATAL|PANIC|error): *", "", chosen).strip().rstrip(".")
