"""What must be known before Django's settings are read: where the tests keep their data."""

import hashlib
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def _home() -> Path:
    if chosen := os.environ.get("TALLYSTICK_TEST_HOME"):
        return Path(chosen).absolute()
    # As root the server runs under another user, who must be able to get there: not below a private /root.
    if os.geteuid() == 0 and not all(folder.stat().st_mode & 0o001 for folder in [PROJECT, *PROJECT.parents]):
        return Path("/var/tmp") / f"tallystick-test-{hashlib.sha256(bytes(PROJECT)).hexdigest()[:12]}"  # noqa: S108
    return PROJECT / "var" / "test"


HOME = _home()
os.environ["TALLYSTICK_HOME"] = str(HOME)
os.environ["TALLYSTICK_SECRET_KEY"] = "only-for-tests"
