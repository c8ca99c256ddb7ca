"""The input and output property names of a resource type, taken from the classes of the installed pulumi-aws."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache

from pulumi import _types

from localcloud.deployer.errors import UnknownResourceTypeError

#: Python packages whose name differs from the module in the type token (pulumi_aws.__init__, "fqn").
_RENAMED = {"lambda": "lambda_"}


@dataclass(frozen=True)
class Schema:
    """Property names, in camelCase, of one resource type."""

    token: str
    inputs: frozenset[str]
    outputs: frozenset[str]

    @property
    def taggable(self) -> bool:
        """Whether the type has tags, and so gets the default tags."""
        return "tagsAll" in self.outputs


@cache
def schema_of(token: str) -> Schema:
    """The schema of a type token such as `aws:sqs/queue:Queue`."""
    _, module, class_name = token.split(":")
    package = module.split("/", maxsplit=1)[0]
    fqn = "pulumi_aws." + _RENAMED.get(package, package)
    resource_class = getattr(importlib.import_module(fqn), class_name, None)
    if resource_class is None or getattr(resource_class, "pulumi_type", token) != token:
        raise UnknownResourceTypeError(f"{token} is not a resource type of the installed pulumi-aws")
    # The module's own __all__ leads with the arguments class: BucketVersioningInitArgs, not the nested namesake.
    defining_module = importlib.import_module(resource_class.__module__)
    args_class = getattr(defining_module, defining_module.__all__[0])
    inputs = frozenset(_types.input_type_py_to_pulumi_names(args_class).values())
    outputs = frozenset(_types.resource_py_to_pulumi_names(resource_class).values())
    return Schema(token, inputs, outputs)
