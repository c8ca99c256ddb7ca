"""Client of the Lambda host's routes of the console."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.calls import Call
from localcloud.context import ContainerImage, LocalImage, image_document
from localcloud.lambdahost.journal import InvocationRecord


@dataclass(frozen=True)
class EnvironmentInfo:
    """One execution environment: `state` is new, starting, busy, frozen or ended."""

    id: str
    function: str
    version: str
    pid: int | None
    state: str
    invocations: int
    maxRssKb: int  # noqa: N815  (names of the JSON that the console answers)
    memoryMb: int  # noqa: N815
    ephemeralStorageMb: int  # noqa: N815
    logStream: str  # noqa: N815


class LambdaClient:
    """What runs where, and what stands for an image."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def invocations(self, function: str | None = None) -> list[InvocationRecord]:
        """The invocations that have ended, in that order; those of one function when its name is given."""
        return [InvocationRecord(**each) for each in self._call("GET", "/lambda/invocations", {"function": function})]

    def environments(self) -> list[EnvironmentInfo]:
        """The execution environments that live now."""
        return [EnvironmentInfo(**each) for each in self._call("GET", "/lambda/environments")]

    def register_image(self, uri: str, image: LocalImage | ContainerImage) -> None:
        """Say what stands for an image URI: a process environment, or a container image of this machine's engine."""
        self._call("POST", "/lambda/images", {"uri": uri, **image_document(image)})
