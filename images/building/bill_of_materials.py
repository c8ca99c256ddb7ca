"""Write the bill of materials of an image, in CycloneDX: Debian packages, Python packages, and the ffprobe built here.

Components are named by package URLs with Debian's source package, by which scanners find advisories. The same content
gives the same bytes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_string
from importlib.metadata import Distribution, distributions
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL


def bill_of_materials(image: str, root: Path) -> str:
    """Return the document for the image in `root`, as JSON. Raises ValueError when it is not valid CycloneDX 1.6."""
    os_release = dict(re.findall(r'^(\w+)="?(.*?)"?$', (root / "usr/lib/os-release").read_text("utf-8"), re.M))
    components = [
        *debian_components(root / "var/lib/dpkg/status.d", os_release),
        *python_components(root / "opt/python"),
    ]
    if (version := root / "usr/share/doc/ffprobe/version").exists():
        url = _debian_url("ffmpeg", version.read_text("utf-8").strip(), os_release, "source")
        components.append(_component("ffprobe", url, "LGPL-2.1-or-later", ComponentType.APPLICATION))

    container = Component(name=image, type=ComponentType.CONTAINER, bom_ref=image)
    urls = sorted(str(component.purl) for component in components)
    bom = Bom(components=components, serial_number=uuid5(NAMESPACE_URL, "\n".join([image, *urls])))
    bom.metadata.component = container
    bom.metadata.timestamp = datetime.fromtimestamp(0, UTC)
    bom.register_dependency(container, components)
    document = JsonV1Dot6(bom).output_as_string(indent=2)
    if (error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(document)) is not None:
        raise ValueError(str(error))
    return document + "\n"


def debian_components(status: Path, os_release: dict[str, str]) -> Iterator[Component]:
    """Yield a component for each package described in `status.d`."""
    for path in sorted(status.iterdir()):
        fields = message_from_string(path.read_text("utf-8"))
        name, version = fields["Package"], fields["Version"]
        source, _, source_version = fields.get("Source", name).partition(" ")
        upstream = f"{source}@{source_version.strip('()')}" if source_version else source
        yield _component(name, _debian_url(name, version, os_release, fields["Architecture"], upstream))


def python_components(packages: Path) -> Iterator[Component]:
    """Yield a component for each distribution installed in the directory."""
    for found in sorted(distributions(path=[str(packages)]), key=lambda found: found.name.lower()):
        name = re.sub(r"[-_.]+", "-", found.name).lower()
        yield _component(name, PackageURL("pypi", name=name, version=found.version), _license(found))


def _debian_url(name: str, version: str, os_release: dict[str, str], arch: str, upstream: str = "") -> PackageURL:
    qualifiers = {"arch": arch, "distro": f"{os_release['ID']}-{os_release['VERSION_ID']}"}
    if upstream and upstream != name:
        qualifiers["upstream"] = upstream
    return PackageURL("deb", os_release["ID"], name, version, qualifiers)


def _license(found: Distribution) -> str | None:
    """Return the license in the package's metadata: an expression, a short text, or the end of its classifier."""
    given = next(
        (text for key in ("License-Expression", "License") for text in found.metadata.get_all(key) or ()), None
    )
    if given and "\n" not in given and len(given) < 100:
        return given
    classifiers = found.metadata.get_all("Classifier") or []
    return next((line.split(" :: ")[-1] for line in classifiers if line.startswith("License ::")), None)


def _component(
    name: str, url: PackageURL, license_text: str | None = None, kind: ComponentType = ComponentType.LIBRARY
) -> Component:
    licenses = [LicenseFactory().make_from_string(license_text)] if license_text else []
    return Component(name=name, version=url.version, type=kind, purl=url, bom_ref=url.to_string(), licenses=licenses)


if __name__ == "__main__":
    sys.stdout.write(bill_of_materials(sys.argv[1], Path(sys.argv[2])))
