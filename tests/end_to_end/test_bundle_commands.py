"""`cvd outbox export|import|receipts` and `cvd-server import-bundle`, with a real server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cvd_desktop.cli import build_app
from cvd_desktop.domain.clock import to_wire
from cvd_desktop.services.workplace import open_workplace
from cvd_desktop.storage import outbox_store
from cvd_shared.canonical import sha256_hex
from tests.support.field_events import VERDICT, raw_report
from tests.support.servers import CHEAP, running_server, sqlite_url
from tests.support.small_operator import PASSWORD, with_small_operator

PASSPHRASE = "a passphrase for tests"


class Laptop:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def cvd(self, *arguments: str, stdin: str = "") -> tuple[int, Any, str]:
        """(exit code, JSON or text of stdout, messages)"""
        environment = {"CVD_PASSPHRASE": PASSPHRASE, "CVD_DATA_DIR": str(self.folder)}
        result = CliRunner().invoke(build_app(), arguments, input=stdin, env=environment)
        out = result.stdout.strip()
        return result.exit_code, json.loads(out) if out.startswith("{") else out, result.stderr

    def sign_in(self, url: str, user: str) -> None:
        code, _, messages = self.cvd(
            "sign-in", "--server", url, "--user", user, stdin=f"{PASSWORD}\n"
        )
        assert code == 0, messages

    def record(self) -> None:
        wp = open_workplace(self.folder, ask_passphrase=lambda: PASSPHRASE)
        raw, read_id, now = raw_report(), wp.new_id(), to_wire(wp.clock())
        payload = {
            "read_id": read_id, "machine_id": "m1", "asset_number": None, "at": now,
            "purpose": "look", "link": "dexucs", "complete": True, "size": len(raw),
            "raw_sha256": sha256_hex(raw), "seconds": 1.5, "verdict": VERDICT,
        }  # fmt: skip
        with wp.database.write() as connection:
            outbox_store.append(
                connection,
                new_id=wp.new_id,
                type="read.recorded",
                entity=("read", read_id),
                payload=payload,
                actor=None,
                occurred_at=now,
            )
        wp.close()

    def states(self) -> list[str]:
        code, listed, messages = self.cvd("outbox", "--json")
        assert code == 0, messages
        return [each["state"] for each in listed["records"]]


def cvd_server(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        f"CVD_SERVER_{name.upper()}": str(value) for name, value in CHEAP.items()
    }
    return subprocess.run(
        [sys.executable, "-m", "cvd_server", *arguments],
        capture_output=True, text=True, env=environment, check=False, timeout=60,
    )  # fmt: skip


@pytest.fixture
def url(tmp_path: Path) -> str:
    return with_small_operator(sqlite_url(tmp_path))


def test_by_stick_to_the_office_and_by_a_colleague(tmp_path: Path, url: str) -> None:
    driver, colleague = Laptop(tmp_path / "driver"), Laptop(tmp_path / "colleague")
    stick = tmp_path / "stick"
    stick.mkdir()
    with running_server(url, workers=1) as server:
        driver.sign_in(server.url, "driver07")
        colleague.sign_in(server.url, "technician")
        assert driver.cvd("sync")[0] == 0

        driver.record()
        code, made, messages = driver.cvd("outbox", "export", "-o", str(stick), "--json")
        assert code == 0, messages
        assert (made["records"], made["left_out"]) == (1, 0)
        code, taken, messages = colleague.cvd("outbox", "import", made["file"], "--json")
        assert (code, taken["kind"], taken["user"]) == (0, "bundle", "driver07"), messages
        assert colleague.cvd("sync")[0] == 0
        code, listed, _ = colleague.cvd("outbox", "receipts", "-o", str(stick), "--json")
        assert [one["state"] for one in listed["carried"]] == ["receipt"]

    receipt = next(stick.glob("*.cvdreceipt"))
    code, taken, messages = driver.cvd("outbox", "import", str(receipt), "--json")
    assert (code, taken["answered"], taken["waiting"]) == (0, 1, 0), messages
    assert driver.states() == ["on_the_server"]

    # There is no server any more that answers: the office takes the next file itself.
    driver.record()
    bundle = stick / "second.cvdbundle"
    assert driver.cvd("outbox", "export", "-o", str(bundle))[0] == 0
    assert driver.states() == ["recorded_here", "on_the_server"]
    for state in ("taken", "known"):
        done = cvd_server("import-bundle", str(bundle), "--database", url, "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["state"] == state
    code, _, messages = driver.cvd("outbox", "import", str(stick / "second.cvdreceipt"))
    assert code == 0, messages
    assert driver.states() == ["on_the_server"] * 2

    damaged = bytearray(bundle.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    bundle.write_bytes(damaged)
    done = cvd_server("import-bundle", str(bundle), "--database", url)
    assert (done.returncode, "bundle_signature_wrong" in done.stderr) == (2, True)
    done = cvd_server("import-bundle", str(stick / "nothing"), "--database", url)
    assert done.returncode == 2
    code, _, messages = driver.cvd("outbox", "import", str(damaged[:9]))
    assert (code, "cannot be read" in messages) == (2, True)
