"""AWS::MediaConvert::Preset for CloudFormation; every other type of the service fails by its name.

moto reports a stack with an unknown type as complete; a stack that made no preset must not look like one that did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import moto.cloudformation.parsing as parsing
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from localcloud.hooks.patching import replace_function
from localcloud.mediaconvert.entities import Preset
from localcloud.mediaconvert.models import MediaConvertBackend, mediaconvert_backends
from localcloud.mediaconvert.validation import decode_preset_settings

_PREFIX = "AWS::MediaConvert::"
_PROPERTIES = frozenset({"Name", "Category", "Description", "SettingsJson", "Tags"})


class CloudFormationPreset(CloudFormationModel):  # type: ignore[misc]
    """A preset as a stack's resource. Ref is its name; GetAtt knows Arn and Name."""

    __module__ = "moto.mediaconvert.models"

    def __init__(self, preset: Preset) -> None:
        self.preset = preset

    @property
    def physical_resource_id(self) -> str:
        return self.preset.name

    @staticmethod
    def cloudformation_name_type() -> str:
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        return _PREFIX + "Preset"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in ("Arn", "Name")

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Value of Fn::GetAtt."""
        if attribute_name == "Arn":
            return self.preset.arn
        if attribute_name == "Name":
            return self.preset.name
        raise ValidationError(message=f"{_PREFIX}Preset has no attribute {attribute_name}")

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_: Any
    ) -> CloudFormationPreset:
        request = _request(resource_name, cloudformation_json["Properties"])
        return cls(_backend(account_id, region_name).create_preset(request))

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: CloudFormationPreset,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> CloudFormationPreset:
        """A new name is a replacement (the old preset goes last); anything else is an update."""
        backend = _backend(account_id, region_name)
        properties = cloudformation_json["Properties"]
        old = original_resource.preset.name
        request = _request(new_resource_name if "Name" in properties else old, properties)
        if request["Name"] == old:
            preset = backend.update_preset(old, request)
            backend.tags[preset.arn] = request["Tags"]
            return cls(preset)
        created = cls(backend.create_preset(request))
        backend.delete_preset(old)
        return created

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],  # noqa: ARG003
        account_id: str,
        region_name: str,
    ) -> None:
        """Only for callers that know a name; a stack deletes through `delete`."""
        _backend(account_id, region_name).delete_preset(resource_name)

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the preset with its stack; one that is gone already is no failure."""
        _backend(account_id, region_name).presets.pop(self.preset.name, None)

    def is_created(self) -> bool:
        return True


def _request(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(properties) - _PROPERTIES):
        raise ValidationError(message=f"{_PREFIX}Preset: unsupported property {', '.join(unknown)}")
    if "SettingsJson" not in properties:
        raise ValidationError(message=f"{_PREFIX}Preset: SettingsJson is required")
    request = {
        "Name": name,
        "Settings": decode_preset_settings(properties["SettingsJson"]),
        "Tags": dict(properties.get("Tags", {})),
    }
    return request | {key: properties[key] for key in ("Category", "Description") if key in properties}


def _backend(account_id: str, region_name: str) -> MediaConvertBackend:
    backend: MediaConvertBackend = mediaconvert_backends[account_id][region_name]
    return backend


def _known(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def resource_class_from_type(resource_type: str) -> Any:
        found = original(resource_type)
        if found is None and resource_type.startswith(_PREFIX):
            raise ValidationError(message=f"The local cloud does not implement {resource_type}")
        return found

    return resource_class_from_type


def install() -> None:
    """Register the type. Must come before CloudFormation's first use, which fixes its list of types."""
    if parsing.get_model_map.cache_info().currsize:
        parsing.get_model_map.cache_clear()
        parsing.get_name_type_map.cache_clear()
    replace_function(parsing, "resource_class_from_type", "resource_type", _known)
