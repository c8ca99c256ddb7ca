"""Smoke test that runs inside an image at the end of its build.

It fails when something is missing that the functions need: parts of Python, libraries, descriptions of services.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import locale
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

#: Mozilla has about 140 certificate authorities.
MIN_AUTHORITIES = 100


def imports_of(name: str) -> set[str]:
    """Return the modules that a module imports, also inside functions, except under TYPE_CHECKING."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return set()
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(Path(spec.origin).read_text("utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if _is_module(node.module, alias.name)}
        else:
            pending += ast.iter_child_nodes(node)
    return found


def _is_module(package: str, name: str) -> bool:
    spec = importlib.util.find_spec(package)
    is_package = spec is not None and spec.submodule_search_locations is not None
    return is_package and importlib.util.find_spec(f"{package}.{name}") is not None


def reachable(functions: list[str]) -> set[str]:
    """Return the modules that the functions import, directly or through modules of `vcp`."""
    pending = [f"vcp.handlers.{function}" for function in functions] + ["awslambdaric.bootstrap"]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += imports_of(name) if name.startswith("vcp.") else ()
    return found


def try_ffprobe(ffprobe: str) -> None:
    """Raise RuntimeError when ffprobe does not report the LGPL."""
    license_text = subprocess.run([ffprobe, "-v", "quiet", "-L"], check=True, capture_output=True, text=True).stdout
    options = subprocess.run([ffprobe, "-v", "quiet", "-buildconf"], check=True, capture_output=True, text=True).stdout
    forbidden = [option for option in ("--enable-gpl", "--enable-version3", "--enable-nonfree") if option in options]
    if "GNU Lesser General Public" not in " ".join(license_text.split()) or forbidden:
        raise RuntimeError(f"ffprobe is not under the LGPL: {forbidden} {license_text[:200]}")


def try_client(client: Any) -> None:
    """Load the description of each operation and, of S3, the endpoint rules."""
    model = client.meta.service_model
    for name in model.operation_names:
        operation = model.operation_model(name)
        for shape in filter(None, (operation.input_shape, operation.output_shape)):
            list(getattr(shape, "members", {}).items())
    list(model.client_context_parameters)
    if model.service_name == "s3":
        client.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "key"})


def main(functions: list[str]) -> None:
    """Import what the functions import, but not the functions, which need their environment."""
    modules = reachable(functions)
    for name in sorted(modules - {f"vcp.handlers.{function}" for function in functions}):
        importlib.import_module(name)
    importlib.import_module("runtime_client")  # awslambdaric hides a failure of this import until the first event
    session = importlib.import_module("boto3").Session(region_name="eu-central-1")
    for service in session.get_available_services():
        try_client(session.client(service, aws_access_key_id="none", aws_secret_access_key="none"))  # noqa: S106
    if "googleapiclient" in modules:
        discovery = importlib.import_module("googleapiclient.discovery")
        discovery.build("drive", "v3", developerKey="none", static_discovery=True, cache_discovery=False).close()
    if "vcp.adapters.probe.ffprobe" in modules:
        try_ffprobe(importlib.import_module("vcp.adapters.probe.ffprobe").find_ffprobe())
    if ssl.create_default_context().cert_store_stats()["x509_ca"] < MIN_AUTHORITIES:
        raise RuntimeError("certificate authorities are missing")
    locale.setlocale(locale.LC_ALL, "")


if __name__ == "__main__":
    main(sys.argv[1:])
