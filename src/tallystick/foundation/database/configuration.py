"""What stands in the embedded server's configuration files."""

import os
from collections.abc import Mapping
from pathlib import Path

ROLE = "tallystick"
DATABASE = "tallystick"
_MB = 1024 * 1024


def write_configuration(data: Path, socket: Path, names: list[str], options: Mapping[str, str], owner: int) -> None:
    """This function will write the three configuration files of the cluster in `data`, anew before every start.

    The operating-system users called `names` may connect as the role `tallystick`, over the socket alone. What an
    administrator sets with ALTER SYSTEM stands in postgresql.auto.conf, is left alone and wins.
    """
    lines = [f"{name} = {_quoted(value)}" for name, value in {**_options(socket), **options}.items()]
    _write(data / "postgresql.conf", ["# Written by Tallystick at every start; use ALTER SYSTEM.", *lines], owner)
    access = [f"local {what} {ROLE} peer map=tallystick" for what in ("all", "replication")]
    _write(data / "pg_hba.conf", access, owner)
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    _write(data / "pg_ident.conf", [f"tallystick {name} {ROLE}" for name in quoted], owner)


def _options(socket: Path) -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "listen_addresses": "",
        "unix_socket_directories": f'"{socket}"',
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory // 8, 128 * _MB), 1024 * _MB) // _MB}MB",
        "effective_cache_size": f"{max(memory // 2, 256 * _MB) // _MB}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": "128MB",
        "random_page_cost": "1.1",
        # Compiling a plan takes longer than running our short statements.
        "jit": "off",
        # Parallel workers share memory through /dev/shm, which containers often give 64 MB.
        "max_parallel_workers_per_gather": "2" if _roomy_shared_memory() else "0",
        "max_parallel_maintenance_workers": "2" if _roomy_shared_memory() else "0",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "iso, ymd",
        "lc_messages": "C",
        "lc_monetary": "C",
        "lc_numeric": "C",
        "lc_time": "C",
        "default_text_search_config": "pg_catalog.simple",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
        # Statements and the values in them are people's data.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }


def _roomy_shared_memory() -> bool:
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 - looked at, not written to
    except OSError:
        return False
    return room.f_frsize * room.f_blocks >= 256 * _MB


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _write(file: Path, lines: list[str], owner: int) -> None:
    replace_file(file, b"".join(os.fsencode(line) + b"\n" for line in lines), owner=owner, mode=0o600)


def replace_file(file: Path, content: bytes, *, owner: int, mode: int) -> None:
    """This function will put a new file in the place of `file`; when this process is root, it will belong to `owner`.

    Root writes into folders of less trusted users here: a new file in place of the old one follows no link.
    """
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        os.fchmod(stream.fileno(), mode)
        if os.geteuid() == 0:
            os.fchown(stream.fileno(), owner, -1)
    fresh.replace(file)
