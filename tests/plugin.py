"""What must be known before Django's settings are read: where the tests keep their data."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108
# Hundreds of databases of 13 MB pass through it, a few at a time; and the log.
NEEDED_BYTES = 2 * 1024**3
PROJECT = Path(__file__).resolve().parent.parent


def _home() -> Path:
    if chosen := os.environ.get("TALLYSTICK_TEST_HOME"):
        return Path(chosen).absolute()
    mine = f"tallystick-test-{hashlib.sha256(f'{os.geteuid()} {PROJECT}'.encode()).hexdigest()[:12]}"
    # A fresh database is a thousand files, which memory writes in a quarter of the time. Containers may have little.
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > NEEDED_BYTES:
        return MEMORY / mine
    # As root the server runs under another user, who must be able to get there: not below a private /root.
    if os.geteuid() == 0 and not all(folder.stat().st_mode & 0o001 for folder in [PROJECT, *PROJECT.parents]):
        return Path("/var/tmp") / mine  # noqa: S108
    return PROJECT / "var" / "test"


HOME = _home()
os.environ["TALLYSTICK_HOME"] = str(HOME)
# The processes of xdist must find the same place, whatever has filled up meanwhile.
os.environ["TALLYSTICK_TEST_HOME"] = str(HOME)
os.environ["TALLYSTICK_SECRET_KEY"] = "only-for-tests"

# Each of the hundred processes that tests start would compile all of our code anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
