"""Client of the console's Lambda routes."""

from __future__ import annotations

from localcloud.calls import Call
from localcloud.context import ContainerImage, LocalImage, image_document
from localcloud.lambdahost.journal import EnvironmentInfo, InvocationRecord


class LambdaClient:
    """Inspect invocations and environments, and register images."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def invocations(self, function: str | None = None) -> list[InvocationRecord]:
        """Return the invocations that have ended, in that order; those of one function if its name is given."""
        return [InvocationRecord(**each) for each in self._call("GET", "/lambda/invocations", {"function": function})]

    def environments(self) -> list[EnvironmentInfo]:
        """Return the execution environments that exist now."""
        return [EnvironmentInfo(**each) for each in self._call("GET", "/lambda/environments")]

    def register_image(self, uri: str, image: LocalImage | ContainerImage) -> None:
        """Map an image URI to a process environment, or to a container image of this machine's engine."""
        self._call("POST", "/lambda/images", {"uri": uri, **image_document(image)})
