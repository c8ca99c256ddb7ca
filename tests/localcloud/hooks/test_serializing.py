"""Possible names of a member of a response: cached, and the same ones as without the hook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.server

PROGRAM = """
from botocore.model import StructureShape
from moto.core.serialize import AttributePicker, AttributePickerContext, XFormedAttributePicker
from moto.core.utils import get_service_model
from localcloud.hooks.install import install_hooks

class Table(dict):
    class Meta:
        serialization_aliases = {"TableName": "called"}

def members():
    for service in ("dynamodb", "mediaconvert", "sqs", "lambda"):
        model = get_service_model(service)
        for name in model.shape_names:
            shape = model.shape_for(name)
            if isinstance(shape, StructureShape):
                for key, member in shape.members.items():
                    member.parent = shape
                    yield key, member

def found():
    pickers = (AttributePicker(), XFormedAttributePicker())
    return [
        list(dict.fromkeys(picker.get_possible_keys(AttributePickerContext(kind(), key, member))))
        for key, member in known
        for kind in (dict, Table)
        for picker in pickers
        for _ in range(2)
    ]

known = list(members())
alone = found()
install_hooks()
assert found() == alone
print(len(known))
asked = AttributePickerContext({"film_id": 1, "Other": 2}, "FilmId", known[0][1])
print(XFormedAttributePicker()(asked))
"""


def test_the_names_are_those_of_moto() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False, cwd=Path.cwd()
    )
    assert ended.returncode == 0, ended.stderr
    compared, value = ended.stdout.split()
    assert int(compared) > 2_000
    assert value == "1"
