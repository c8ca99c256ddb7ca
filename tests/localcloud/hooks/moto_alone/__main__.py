"""Run every check in this interpreter, which has no hooks, and print `{name: true | false | error}`.

True: moto still does what made the hook necessary.
"""

from __future__ import annotations

import io
import json
import os
import traceback

from tests.localcloud.hooks.moto_alone.checks import NEEDS


def main() -> None:
    """Run the checks in order; each sees the state that the previous ones left in moto."""
    os.environ["MOTO_LAMBDA_STUB_ECR"] = "true"
    os.environ.setdefault("DOCKER_HOST", "tcp://127.0.0.1:9")  # no container engine
    from moto import mock_aws

    found: dict[str, bool | str] = {}
    with mock_aws():
        for each in NEEDS:
            try:
                found[each.name] = each.holds()
            except Exception:  # noqa: BLE001 - printed, for the test to fail with
                text = io.StringIO()
                traceback.print_exc(limit=-4, file=text)
                found[each.name] = text.getvalue()
    print(json.dumps(found))


main()
