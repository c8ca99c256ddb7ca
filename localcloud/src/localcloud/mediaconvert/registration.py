"""Puts the service into moto: a package in moto's own layout, and its address in moto's index."""

from __future__ import annotations

import re
import sys
import types

import moto.backend_index

from localcloud.hooks.patching import note
from localcloud.mediaconvert import cloudformation
from localcloud.mediaconvert.models import mediaconvert_backends
from localcloud.mediaconvert.responses import MediaConvertResponse

URL_BASES = [r"https?://(.+\.)?mediaconvert\.(.+)\.amazonaws\.com"]


def register() -> None:
    """Make moto know MediaConvert; once a process, also while a server runs."""
    if "moto.mediaconvert" in sys.modules:
        return
    package = types.ModuleType("moto.mediaconvert")
    models = types.ModuleType("moto.mediaconvert.models")
    urls = types.ModuleType("moto.mediaconvert.urls")
    package.__path__ = []
    urls.url_bases = URL_BASES  # type: ignore[attr-defined]
    urls.url_paths = {"{0}/(?P<path>.+)$": MediaConvertResponse.dispatch}  # type: ignore[attr-defined]
    for module in (package, models):
        module.mediaconvert_backends = mediaconvert_backends  # type: ignore[attr-defined]
    package.models, package.urls = models, urls  # type: ignore[attr-defined]
    sys.modules["moto.mediaconvert"] = package
    sys.modules["moto.mediaconvert.models"] = models
    sys.modules["moto.mediaconvert.urls"] = urls
    note("moto.mediaconvert")
    moto.backend_index.backend_url_patterns.append(("mediaconvert", re.compile(URL_BASES[0])))
    note("moto.backend_index.backend_url_patterns")
    cloudformation.install()
