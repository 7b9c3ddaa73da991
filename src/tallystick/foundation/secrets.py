"""The installation's secret key: from the environment, else made once and kept in the data folder."""

import os
import secrets
from pathlib import Path


def secret_key(home: Path) -> str:
    """This function will return the key that signs sessions and links.

    `TALLYSTICK_SECRET_KEY` wins. Otherwise the key is read from `home/secret-key`, which is created, readable by its
    owner alone, at the first start. Several processes may start at once: whoever creates the file first decides.
    """
    if configured := os.environ.get("TALLYSTICK_SECRET_KEY"):
        return configured
    file = home / "secret-key"
    home.mkdir(parents=True, exist_ok=True)
    fresh = home / f"secret-key.{os.getpid()}"
    if not file.exists():
        descriptor = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(64))
        try:
            os.link(fresh, file)
        except FileExistsError:
            pass  # another process was first: its key is the key
        finally:
            fresh.unlink()
    return file.read_text()
