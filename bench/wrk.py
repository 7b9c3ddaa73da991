"""Driving the site with wrk: keep-alive connections that each send the next request once the last was answered."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# wrk tells its figures as text for people; this tells them as JSON.
_DONE = """
function done(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format('\\n{"requests": %d, "microseconds": %d, "median": %d, "p99": %d, "bad": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), bad))
end
"""
# Each request pays the next invoice of the file, under a key of its own.
_POST = """
local lines = io.lines("%(bodies)s")
local count = 0
function request()
  local body = lines()
  if body == nil then error("no open invoice is left") end
  count = count + 1
  local headers = {["Authorization"] = "%(authorization)s", ["Content-Type"] = "application/json",
                   ["Idempotency-Key"] = "%(keys)s-" .. count}
  return wrk.format("POST", nil, headers, body)
end
"""


@dataclass(frozen=True)
class Figures:
    """What one run gave."""

    per_second: float
    median_ms: float
    p99_ms: float
    requests: int


def require_wrk() -> None:
    """This function will say how to install wrk when it is missing.

    Raises:
        SystemExit: when it is.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("The benchmarks drive the site with wrk, which is not installed: apt-get install wrk")


def get(url: str, *, headers: Mapping[str, str], clients: int, seconds: int) -> Figures:
    """This function will read one address over and over."""
    return _run(
        url,
        _DONE,
        [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")],
        clients=clients,
        seconds=seconds,
    )


def post(url: str, bodies: Sequence[str], *, key: str, keys: str, clients: int, seconds: int) -> Figures:
    """This function will send each body once, in order; `keys` begins the idempotency keys of this run."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(bodies))
        file.flush()
        script = _POST % {"bodies": file.name, "authorization": f"Bearer {key}", "keys": keys}
        return _run(url, script + _DONE, [], clients=clients, seconds=seconds)


def _run(url: str, script: str, options: Sequence[str], *, clients: int, seconds: int) -> Figures:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "20s", "-s", file.name, *options, url]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if not told["requests"]:
        raise RuntimeError(f"{url}: nothing was answered within {seconds} seconds.\n{done.stdout}")
    if told["bad"]:
        raise RuntimeError(f"{url}: {told['bad']} of {told['requests']} requests were refused.\n{done.stdout}")
    return Figures(
        per_second=told["requests"] / told["microseconds"] * 1_000_000,
        median_ms=told["median"] / 1000,
        p99_ms=told["p99"] / 1000,
        requests=told["requests"],
    )
