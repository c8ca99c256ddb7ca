"""Whether moto still is what the hooks were written for. Read this when its pin is raised.

`moto_alone` is the table of all hooks. A test fails when moto does not need a hook any more (remove the hook), when a
hook replaces something that is not in the table, or when the table has something that no hook replaces.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import moto
import pytest

from localcloud.process import RunningCloud
from tests.localcloud.hooks.moto_alone.checks import NEEDS
from tests.localcloud.hooks.moto_alone.table import Need

SOURCE = Path(__file__).parents[3] / "localcloud" / "src" / "localcloud"
#: The module that changes moto for the hooks, and the one that adds a whole service to moto.
MAY_CHANGE = {"hooks/patching.py", "mediaconvert/install.py"}
_CHANGING = {"append", "extend", "insert", "update", "setdefault", "pop", "remove", "clear"}


@pytest.fixture(scope="module")
def alone() -> dict[str, bool | str]:
    """Results of the checks in an interpreter without hooks, by name."""
    program = [sys.executable, "-W", "ignore", "-m", "tests.localcloud.hooks.moto_alone"]
    ended = subprocess.run(
        program, capture_output=True, text=True, timeout=120, check=False, cwd=Path(__file__).parents[3]
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, bool | str] = json.loads(ended.stdout.splitlines()[-1])  # moto prints too
    return found


def verdict(need: Need, found: bool | str) -> str | None:
    """Return what to do about one hook, or None when it is still needed."""
    if found is True:
        return None
    if found is False:
        return (
            f"moto {moto.__version__} no longer {need.what}: "
            f"drop what localcloud.{need.hook} does to {', '.join(need.changes)}, and its entry in moto_alone"
        )
    return f"moto {moto.__version__} has changed, and the check {need.name} of localcloud.{need.hook} with it:\n{found}"


@pytest.mark.server
@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.name)
def test_a_hook_is_still_needed(alone: dict[str, bool | str], need: Need) -> None:
    if problem := verdict(need, alone[need.name]):
        pytest.fail(problem, pytrace=False)


def test_the_verdict_says_what_to_do() -> None:
    need = Need("hooks.films", "loses films", ("moto.films.Film.keep",), lambda: True)
    assert verdict(need, True) is None
    assert "drop what localcloud.hooks.films does to moto.films.Film.keep" in str(verdict(need, False))
    assert str(verdict(need, "KeyError: 'film'")).endswith("KeyError: 'film'")


def test_every_change_of_moto_is_in_the_table(cloud: RunningCloud) -> None:
    changed = set(cloud.console_client.hooks())
    known = {change for need in NEEDS for change in need.changes}
    assert changed - known == set(), "add the reason to moto_alone"
    assert known - changed == set(), "the local cloud does not change this any more: remove it from moto_alone"


def test_every_hook_that_the_table_names_exists() -> None:
    paths = {f"{need.hook.replace('.', '/')}.py" for need in NEEDS}
    assert {path for path in paths if not (SOURCE / path).is_file()} == set()
    hooks = (
        {f"hooks/{path.name}" for path in (SOURCE / "hooks").glob("*.py")}
        - {"hooks/__init__.py", "hooks/install.py"}
        - MAY_CHANGE
    )
    assert hooks - paths == set()


def motos_names(module: ast.Module) -> set[str]:
    """Names of a module for things that it imports from moto."""
    names: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "moto":
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname or "moto" for alias in node.names if alias.name.split(".")[0] == "moto"}
    return names


def owner(node: ast.expr) -> str | None:
    """The name at the root of an attribute; None where a call or an index is in between: that is state."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def changes(module: ast.Module) -> Iterator[int]:
    """Lines in which a module changes moto directly."""
    names = motos_names(module)
    for node in ast.walk(module):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        elif isinstance(node, ast.Delete):
            targets = node.targets
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            targets = [node.func]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("setattr", "delattr"):
            targets = [ast.Attribute(node.args[0], "x", ast.Store())]
        for target in targets:
            place = target.value if isinstance(target, ast.Subscript) else target
            if isinstance(place, ast.Attribute) and owner(place) in names:
                yield node.lineno  # type: ignore[attr-defined]  # statements and expressions have one


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_moto_is_changed_through_patching_only(path: Path) -> None:
    if str(path.relative_to(SOURCE)) not in MAY_CHANGE:
        assert list(changes(ast.parse(path.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    "line",
    [
        "Rule.send_to_targets = lambda *_: None",
        "setattr(Rule, 'name', None)",
        "models.Rule.limit += 1",
        "del Rule.name",
        "moto.backend_index.backend_url_patterns.append(1)",
        "models.TABLE['a'] = 1",
    ],
)
def test_finds_a_direct_change(line: str) -> None:
    imports = "import moto.backend_index\nfrom moto.events import models\nfrom moto.events.models import Rule\n"
    assert list(changes(ast.parse(imports + line))) == [4]


def test_ignores_changes_of_backend_state() -> None:
    program = "from moto.sqs.models import sqs_backends\nsqs_backends['1']['x'].queues['q'].mappings.clear()\n"
    assert list(changes(ast.parse(program))) == []
