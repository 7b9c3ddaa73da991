"""The embedded server keeps its promises with real processes: starts, crowds, kills, strange paths."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tallystick.foundation.database import postmaster
from tallystick.foundation.database.embedded import EmbeddedDatabaseError, Server, running, start
from tests.plugin import PROJECT

pytestmark = pytest.mark.processes

QUICK = {"fsync": "off", "shared_buffers": "16MB"}
MakeHome = Callable[..., Path]

HOLDER = """
import sys
from pathlib import Path
from tallystick.foundation.database.embedded import start

server = start(Path(sys.argv[1]), extra_options={"fsync": "off", "shared_buffers": "16MB"})
print("ready", flush=True)
sys.stdin.readline()
print(server.stop(), flush=True)
"""


def holder(home: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    command = [sys.executable, "-c", HOLDER, str(home)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def data(home: Path) -> Path:
    return home / "postgres" / "18"


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A cluster that was made and stopped, to copy from: quicker than making one for every test."""
    path = Path(tempfile.mkdtemp(prefix="tallystick-", dir="/tmp"))
    path.chmod(0o711)
    with running(path, extra_options=QUICK):
        pass
    yield path
    shutil.rmtree(path)


@pytest.fixture
def home_at(folder: Path, made: Path) -> MakeHome:
    def copy(name: str = "home") -> Path:
        subprocess.run(["cp", "-a", str(made), str(folder / name)], check=True)
        return folder / name

    return copy


def ask(server: Server, question: str) -> object:
    with psycopg.connect(server.conninfo) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row[0]


def test_a_new_home_gets_a_cluster_of_known_make(folder: Path) -> None:
    home = folder / "new" / "home"
    with running(home, extra_options=QUICK) as server:
        assert ask(server, "SELECT current_user || ' ' || current_database()") == "tallystick tallystick"
        assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True
        assert ask(server, "SHOW server_encoding") == "UTF8"
        assert ask(server, "SELECT datcollate FROM pg_database WHERE datname = 'tallystick'") == "C.UTF-8"
        assert ask(server, "SHOW data_checksums") == "on"
        assert ask(server, "SHOW listen_addresses") == ""
        assert ask(server, "SHOW jit") == "off"
        assert ask(server, "SHOW fsync") == "off"
        assert (home / "postgres" / "socket").read_text() == str(server.socket_folder)
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(data(home).stat().st_mode) == 0o700
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            psycopg.connect(host=str(server.socket_folder), user="postgres", dbname="tallystick")
    assert not server.is_up()


def test_the_last_one_out_stops_it(home_at: MakeHome) -> None:
    first = start(home_at(), extra_options=QUICK)
    second = start(first.home)
    assert first.stop() is False
    assert first.stop() is False
    assert second.is_up()
    assert second.stop() is True
    assert not second.is_up()
    assert postmaster.running_pid(data(first.home)) is None


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("with space", id="space"),
        pytest.param("it's é", id="quote-and-accent"),
        pytest.param("a,b", id="comma"),
        pytest.param("long" * 30, id="long"),
    ],
)
def test_any_ordinary_path_will_do(home_at: MakeHome, name: str) -> None:
    with running(home_at(name), extra_options=QUICK) as server:
        assert ask(server, "SELECT 1") == 1
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        kept = server.socket_folder
    if kept.parent == Path(tempfile.gettempdir()):
        kept.rmdir()


@pytest.mark.parametrize("sign", ['"', "$", "`", "\\", "\n"])
def test_a_path_that_a_shell_would_read_is_refused(folder: Path, sign: str) -> None:
    with pytest.raises(EmbeddedDatabaseError, match="Set TALLYSTICK_HOME to another folder"):
        start(folder / f"a{sign}b")


def test_the_fallback_for_long_paths_is_not_taken_from_somebody_else(home_at: MakeHome) -> None:
    with running(home_at("long" * 30), extra_options=QUICK) as server:
        fallback = server.socket_folder
    fallback.rmdir()
    fallback.symlink_to(server.home)
    try:
        with pytest.raises(EmbeddedDatabaseError, match="remove it, and start again"):
            start(server.home)
    finally:
        fallback.unlink()


def test_parent_folders_keep_their_permissions(folder: Path, made: Path) -> None:
    parent = folder / "parent"
    parent.mkdir()
    parent.chmod(0o751)
    subprocess.run(["cp", "-a", str(made), str(parent / "home")], check=True)
    (parent / "home").chmod(0o711)
    with running(parent / "home", extra_options=QUICK):
        pass
    assert stat.S_IMODE(parent.stat().st_mode) == 0o751
    assert stat.S_IMODE((parent / "home").stat().st_mode) == 0o711


def test_a_file_in_the_way_is_told(folder: Path) -> None:
    (folder / "home").write_text("not a folder")
    with pytest.raises(EmbeddedDatabaseError, match=r"cannot be used: .*TALLYSTICK_HOME"):
        start(folder / "home")


def test_a_folder_that_is_no_cluster_is_left_alone(folder: Path) -> None:
    data(folder).mkdir(parents=True)
    (data(folder) / "precious").write_text("keep me")
    with pytest.raises(EmbeddedDatabaseError, match="not a PostgreSQL data folder"):
        start(folder)
    assert (data(folder) / "precious").read_text() == "keep me"


def test_what_a_killed_initdb_left_is_replaced(folder: Path) -> None:
    unfinished = folder / "postgres" / "18.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with running(folder, extra_options=QUICK) as server:
        assert ask(server, "SELECT 1") == 1
    assert not unfinished.exists()


def test_an_option_that_postgresql_refuses_is_told(home_at: MakeHome) -> None:
    with pytest.raises(EmbeddedDatabaseError, match=r"could not start: .*postgresql\.conf.* contains errors"):
        start(home_at(), extra_options={"no_such_option": "1"})


def test_a_killed_user_does_not_hold_the_server_for_ever(home_at: MakeHome) -> None:
    server = start(home_at(), extra_options=QUICK)
    other = holder(server.home)
    assert line(other) == "ready"
    assert server.stop() is False
    other.kill()
    other.wait()
    assert server.is_up()
    server.acquire()
    assert server.stop() is True
    assert not server.is_up()


def test_a_killed_server_comes_back_with_its_data(home_at: MakeHome) -> None:
    with running(home_at(), extra_options=QUICK) as server:
        with psycopg.connect(server.conninfo) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        pid = postmaster.running_pid(data(server.home))
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        server.acquire()
        assert ask(server, "SELECT answer FROM kept") == 42
        assert postmaster.running_pid(data(server.home)) != pid


@pytest.mark.parametrize("left", ["", "1\n", "{own}\n{data}\n", "999999\n{data}\n1\n5432\n{socket}\n"])
def test_a_stale_pid_file_is_seen_through(home_at: MakeHome, left: str) -> None:
    home = home_at()
    socket = home / "postgres" / "run"
    (data(home) / "postmaster.pid").write_text(left.format(own=os.getpid(), data=data(home), socket=socket))
    (socket / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n")
    with running(home, extra_options=QUICK) as server:
        assert ask(server, "SELECT 1") == 1


def test_eight_processes_may_start_and_stop_it_at_once(folder: Path) -> None:
    crowd = [holder(folder) for _ in range(8)]
    assert [line(each) for each in crowd] == ["ready"] * 8
    for each in crowd:
        assert each.stdin is not None
        each.stdin.close()
    said = [line(each) for each in crowd]
    assert sorted(said) == ["False"] * 7 + ["True"]
    assert [each.wait() for each in crowd] == [0] * 8
    assert postmaster.running_pid(data(folder)) is None
