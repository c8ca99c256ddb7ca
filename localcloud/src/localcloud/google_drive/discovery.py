"""Google's own description of the Drive API, as the client library carries it.

Paths, parameters, scopes and field names come from this document only, so a client that passes here uses names that
Google knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from googleapiclient import discovery_cache


@dataclass(frozen=True)
class Parameter:
    """One query or path parameter; `type` is string, boolean or integer."""

    name: str
    type: str
    location: str
    required: bool
    minimum: int | None
    maximum: int | None
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Method:
    """One operation, such as `files.get`; `path` is relative to /drive/v3/."""

    name: str
    http_method: str
    path: str
    parameters: Mapping[str, Parameter]
    scopes: frozenset[str]
    takes_media: bool


@dataclass(frozen=True)
class Discovery:
    methods: Mapping[str, Method]
    schemas: Mapping[str, Mapping[str, Any]]
    scopes: frozenset[str]
    #: Names of query parameters that any method has.
    parameters: frozenset[str]

    def resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the object schema behind references and lists, which a field selection continues from."""
        while True:
            if "$ref" in schema:
                schema = self.schemas[schema["$ref"]]
            elif schema.get("type") == "array":
                schema = schema["items"]
            else:
                return schema

    def child(self, schema: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
        """Return the schema of one field of an object; None if there is no such field."""
        schema = self.resolve(schema)
        found: Mapping[str, Any] | None = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
        return found


def _parameter(name: str, described: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=name,
        type=described["type"],
        location=described["location"],
        required=described.get("required", False),
        minimum=int(described["minimum"]) if "minimum" in described else None,
        maximum=int(described["maximum"]) if "maximum" in described else None,
        allowed=tuple(described.get("enum", ())),
    )


def _methods(document: Mapping[str, Any]) -> Iterator[Method]:
    for resource, described in document["resources"].items():
        for name, method in described["methods"].items():
            parameters = {**document["parameters"], **method.get("parameters", {})}
            yield Method(
                name=f"{resource}.{name}",
                http_method=method["httpMethod"],
                path=method["path"],
                parameters={key: _parameter(key, value) for key, value in parameters.items()},
                scopes=frozenset(method.get("scopes", ())),
                takes_media="mediaUpload" in method,
            )


@lru_cache(maxsize=1)
def drive_v3() -> Discovery:
    """Return the static document of google-api-python-client, read once."""
    text = discovery_cache.get_static_doc("drive", "v3")
    if text is None:
        raise RuntimeError("google-api-python-client carries no discovery document of drive v3")
    document = json.loads(text)
    methods = {method.name: method for method in _methods(document)}
    return Discovery(
        methods=methods,
        parameters=frozenset(name for method in methods.values() for name in method.parameters),
        schemas=document["schemas"],
        scopes=frozenset(document["auth"]["oauth2"]["scopes"]),
    )
