"""Run the checks; see the package."""

from __future__ import annotations

import io
import json
import os
import traceback

from tests.localcloud.hooks.moto_alone import NEEDS


def main() -> None:
    """Every check, each with what moto is after those before it."""
    os.environ["MOTO_LAMBDA_STUB_ECR"] = "true"
    os.environ.setdefault("DOCKER_HOST", "tcp://127.0.0.1:9")  # no engine, whatever this machine has
    from moto import mock_aws

    found: dict[str, bool | str] = {}
    with mock_aws():
        for each in NEEDS:
            try:
                found[each.name] = each.holds()
            except Exception:  # noqa: BLE001 - told to the test, which fails with it
                said = io.StringIO()
                traceback.print_exc(limit=-4, file=said)
                found[each.name] = said.getvalue()
    print(json.dumps(found))


main()
