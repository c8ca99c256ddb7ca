"""images/building/requested.toml lists what the program requests, no less and no more."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
REQUESTED = tomllib.loads((ROOT / "images/building/requested.toml").read_text("utf-8"))


def test_aws_operations_are_those_that_the_adapters_request(tmp_path: Path) -> None:
    environment = {**os.environ, "REQUESTED_OPERATIONS": str(tmp_path / "requested.json")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.integration.recording", "tests/integration/aws"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert json.loads((tmp_path / "requested.json").read_text("utf-8")) == REQUESTED["aws"]


def test_google_apis_are_those_that_the_adapters_build() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "images/vcp/adapters").rglob("*.py"))
    built = re.findall(r'discovery\.build\(\s*"(\w+)",\s*"(\w+)"', sources)
    assert [".".join(api) for api in built] == REQUESTED["google"]
