"""Folders for servers that run under another user than the test."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tallystick.foundation.database import postmaster


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's user can reach, as pytest's own is private to root."""
    path = Path(tempfile.mkdtemp(prefix="tallystick-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    for found in path.rglob("postmaster.pid"):
        if pid := postmaster.running_pid(found.parent):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
            postmaster.wait_until_gone(found.parent, 10)
    shutil.rmtree(path, ignore_errors=True)
