"""The bill of materials of an image, in CycloneDX: packages of the distribution, of Python, and the ffprobe built here.

Made from what lies in the image: dpkg's descriptions, the metadata of the installed Python packages, the version that
ffprobe was built from. The names are package URLs with the distribution's source package, so that a scanner finds the
advisories. The same content gives the same bytes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

#: Shell-like lines of os-release(5).
_ASSIGNMENT = re.compile(r"^(\w+)=\"?(.*?)\"?$", re.M)
#: A stanza's fields, each on a line; what goes over lines is not needed here.
_FIELD = re.compile(r"^([\w-]+):[ \t]*(.+)$", re.M)


def of_distribution(status: Path, os_release: str) -> Iterator[Component]:
    """A component for each package that is described in `status.d`."""
    system = dict(_ASSIGNMENT.findall(os_release))
    for described in sorted(status.iterdir()):
        fields = dict(_FIELD.findall(described.read_text()))
        source, _, source_version = fields.get("Source", fields["Package"]).partition(" ")
        upstream = f"{source}@{source_version.strip('()')}" if source_version else source
        yield _component(
            fields["Package"], _deb(fields["Package"], fields["Version"], system, fields["Architecture"], upstream)
        )


def of_python(packages: Path) -> Iterator[Component]:
    """A component for each distribution that is installed in the directory."""
    for found in sorted(distributions(path=[str(packages)]), key=lambda found: found.name.lower()):
        name = re.sub(r"[-_.]+", "-", found.name).lower()
        yield _component(name, PackageURL("pypi", name=name, version=found.version), _license(found))


def of_ffprobe(version: str, os_release: str) -> Component:
    """ffprobe, as the source package that it was built from."""
    system = dict(_ASSIGNMENT.findall(os_release))
    url = _deb("ffmpeg", version.strip(), system, "source")
    return _component("ffprobe", url, "LGPL-2.1-or-later", ComponentType.APPLICATION)


def _deb(name: str, version: str, system: dict[str, str], arch: str, upstream: str | None = None) -> PackageURL:
    qualifiers = {"arch": arch, "distro": f"{system['ID']}-{system['VERSION_ID']}"}
    if upstream and upstream != name:
        qualifiers["upstream"] = upstream
    return PackageURL("deb", system["ID"], name, version, qualifiers)


def _license(found: Distribution) -> str | None:
    """As the package says it: an expression, a short text, or what its classifier ends in."""
    said = next((text for key in ("License-Expression", "License") for text in found.metadata.get_all(key) or ()), None)
    if said and "\n" not in said and len(said) < 100:
        return said
    classifiers = found.metadata.get_all("Classifier") or []
    return next((line.split(" :: ")[-1] for line in classifiers if line.startswith("License ::")), None)


def _component(
    name: str, url: PackageURL, said: str | None = None, kind: ComponentType = ComponentType.LIBRARY
) -> Component:
    licenses = [LicenseFactory().make_from_string(said)] if said else []
    return Component(name=name, version=url.version, type=kind, purl=url, bom_ref=url.to_string(), licenses=licenses)


def bill(image: str, components: list[Component]) -> str:
    """The document as JSON. Raises `ValueError` when it is not what CycloneDX 1.6 asks for."""
    about = Component(name=image, type=ComponentType.CONTAINER, bom_ref=image)
    urls = sorted(str(component.purl) for component in components)
    bom = Bom(components=components, serial_number=uuid5(NAMESPACE_URL, "\n".join([image, *urls])))
    bom.metadata.component = about
    bom.metadata.timestamp = datetime.fromtimestamp(0, UTC)
    bom.register_dependency(about, components)
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if (error := JsonStrictValidator(JsonV1Dot6(bom).schema_version).validate_str(text)) is not None:
        raise ValueError(str(error))
    return text + "\n"


def of_image(image: str, root: Path) -> str:
    """The bill of an image, from a directory that holds what is in it. Raises `ValueError` as `bill`."""
    os_release = (root / "usr/lib/os-release").read_text("utf-8")
    components = [*of_distribution(root / "var/lib/dpkg/status.d", os_release), *of_python(root / "opt/python")]
    if (version := root / "usr/share/doc/ffprobe/version").exists():
        components.append(of_ffprobe(version.read_text("utf-8"), os_release))
    return bill(image, components)


if __name__ == "__main__":
    sys.stdout.write(of_image(sys.argv[1], Path(sys.argv[2])))
