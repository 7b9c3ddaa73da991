"""The commands of `docs/api.md` are run as they stand, against a served installation and a served payment service."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.api.caller import Caller
from tests.api.conftest import Business
from tests.conftest import OwnDatabase
from tests.plugin import PROJECT
from tests.sandbox_service import SandboxService, free_port

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("serve")]

GUIDE = PROJECT / "docs" / "api.md"
TOOLS = ("bash", "curl", "jq")


@contextmanager
def served(environment: dict[str, str], port: int) -> Iterator[str]:
    """This function will serve the installation, with a worker, until the context ends."""
    site = f"http://127.0.0.1:{port}"
    granian = [
        "granian",
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--log-level",
        "error",
        "tallystick.wsgi:application",
    ]
    worker = ["tallystick.interfaces.cli.main", "worker", "--concurrency", "1"]
    processes = [
        subprocess.Popen([sys.executable, "-m", *command], env=environment, start_new_session=True)
        for command in (granian, worker)
    ]
    try:
        end = time.monotonic() + 40
        while time.monotonic() < end:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{site}/api/v1/openapi.json", timeout=20).is_success:
                    break
            time.sleep(0.1)
        yield site
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()


@pytest.mark.skipif(not all(shutil.which(tool) for tool in TOOLS), reason="needs bash, curl and jq")
def test_the_guide_does_what_it_says(own_database: OwnDatabase, sandbox: SandboxService) -> None:
    business, port = Business(), free_port()
    merchant = sandbox.create_merchant(f"Guide {port}")
    account = business.gateway(merchant)
    merchant.http.post("/v1/webhook_endpoint", json={"url": f"http://127.0.0.1:{port}/webhooks/{account}"})
    key = business.key()
    blocks = re.findall(r"^```bash\n(.*?)^```", GUIDE.read_text(), flags=re.DOTALL | re.MULTILINE)
    script = "set -euo pipefail\n" + "\n".join(blocks)
    environment = {**own_database.environment, "TALLYSTICK_LOG_LEVEL": "warning"}
    with served(environment, port) as site:
        done = subprocess.run(
            ["bash", "-c", script],
            env={**os.environ, "TALLYSTICK": site, "KEY": key},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"status": "completed"' in done.stdout
    assert '"receipt_number": "R-' in done.stdout
    assert '"code": "invoice_is_settled"' in done.stdout
    (payment,) = Caller(key).get("/payments", status="completed").body["data"]
    assert payment["total_minor"] == payment["allocated_minor"]
    (rented,) = Caller(key).get("/subscriptions").body["data"]
    assert (rented["state"], rented["quantity"], rented["total_minor"]) == ("active", "2.0000", 17800)
    assert '"contract_total_minor": 106800' in done.stdout
    assert '"is_on": true' in done.stdout
    assert '"last_four": "4242"' in done.stdout
    assert '"not_charged": ""' in done.stdout
    assert len(blocks) == 13
