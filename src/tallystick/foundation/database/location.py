"""Where the data folder and the database are, from the environment alone; starts nothing."""

import os
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

ROOT_HOME = Path("/var/lib/tallystick")


def home() -> Path:
    """This function will return the data folder: `TALLYSTICK_HOME`, else a fixed place for this operating-system user.

    The embedded server may not run as root and must be able to reach its files, so root's default is not /root.
    """
    if configured := os.environ.get("TALLYSTICK_HOME"):
        return Path(configured).expanduser().absolute()
    if os.geteuid() == 0:
        return ROOT_HOME
    return Path.home() / ".local" / "share" / "tallystick"


def database_settings(home: Path) -> dict[str, Any]:
    """This function will return Django's settings of the one database.

    `DATABASE_URL` (any libpq connection string) wins; otherwise they point at the embedded server of `home`, whose
    socket folder stands in `home/postgres/socket` once it has been started.

    Raises:
        psycopg.ProgrammingError: when `DATABASE_URL` is not a connection string.
    """
    if url := os.environ.get("DATABASE_URL"):
        parts = conninfo_to_dict(url)
    else:
        socket = home / "postgres" / "socket"
        parts = {
            "host": os.fsdecode(socket.read_bytes()) if socket.exists() else str(home / "postgres" / "run"),
            "user": "tallystick",
            "dbname": "tallystick",
        }
    known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    settings: dict[str, Any] = {known[key]: str(value) for key, value in parts.items() if key in known}
    options: dict[str, Any] = {key: value for key, value in parts.items() if key not in known}
    # For `foundation.rows`; nothing else is prepared.
    options["prepare_threshold"] = 2
    # A request waits at most this long for a connection before it fails with a clear error.
    options["pool"] = {"min_size": 1, "max_size": int(os.environ.get("TALLYSTICK_POOL", "12")), "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        # Without it the first requests after a restart of the database would answer 500.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        **settings,
    }
