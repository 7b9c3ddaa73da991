"""Style sheets, scripts and pictures, gathered in the data folder for the web server."""

import fcntl
import hashlib
from importlib.metadata import version
from pathlib import Path


def collect_static_files() -> bool:
    """This function will gather the static files when they changed since the last time, and tell whether they had."""
    from django.conf import settings
    from django.core.management import call_command

    target = Path(settings.STATIC_ROOT)
    target.mkdir(parents=True, exist_ok=True)
    stamp = target / ".gathered"
    with (target / ".lock").open("w") as lock:
        # Several processes may start at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = fingerprint()
        if stamp.exists() and stamp.read_text() == found:
            return False
        call_command("collectstatic", interactive=False, verbosity=0, clear=False)
        stamp.write_text(found)
        return True


def are_collected() -> bool:
    """This function will tell whether the gathered files are those of this version."""
    from django.conf import settings

    stamp = Path(settings.STATIC_ROOT) / ".gathered"
    return stamp.exists() and stamp.read_text() == fingerprint()


def fingerprint() -> str:
    """This function will return a text that changes whenever a static file does."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(version("tallystick").encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
