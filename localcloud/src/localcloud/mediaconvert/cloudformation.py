"""AWS::MediaConvert::Preset for CloudFormation; every other type of the service fails by name.

moto reports a stack with an unknown type as complete.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import moto.cloudformation.parsing as parsing
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from localcloud.hooks.patching import replace_function
from localcloud.mediaconvert.entities import Preset
from localcloud.mediaconvert.models import mediaconvert_backends
from localcloud.mediaconvert.validation import decode_preset_settings

_PREFIX = "AWS::MediaConvert::"
_PROPERTIES = frozenset({"Name", "Category", "Description", "SettingsJson"})


class CloudFormationPreset(CloudFormationModel):  # type: ignore[misc]
    """A preset as a stack's resource: Ref is its name, GetAtt knows Arn and Name. It cannot be updated."""

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
        return self.preset.arn if attribute_name == "Arn" else self.preset.name

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_: Any
    ) -> CloudFormationPreset:
        properties = cloudformation_json["Properties"]
        if unknown := sorted(set(properties) - _PROPERTIES):
            raise ValidationError(message=f"{_PREFIX}Preset: unsupported property {', '.join(unknown)}")
        if "SettingsJson" not in properties:
            raise ValidationError(message=f"{_PREFIX}Preset: SettingsJson is required")
        request = {
            **{name: properties[name] for name in ("Category", "Description") if name in properties},
            "Name": resource_name,
            "Settings": decode_preset_settings(properties["SettingsJson"]),
        }
        return cls(mediaconvert_backends[account_id][region_name].create_preset(request))

    @classmethod
    def update_from_cloudformation_json(cls, *_: Any, **__: Any) -> None:
        raise ValidationError(message=f"The local cloud does not implement updates of {_PREFIX}Preset")

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the preset with its stack, if it still exists."""
        mediaconvert_backends[account_id][region_name].presets.pop(self.preset.name, None)

    def is_created(self) -> bool:
        return True


def _reject_unknown(original: Callable[[str], Any]) -> Callable[[str], Any]:
    def resource_class_from_type(resource_type: str) -> Any:
        found = original(resource_type)
        if found is None and resource_type.startswith(_PREFIX):
            raise ValidationError(message=f"The local cloud does not implement {resource_type}")
        return found

    return resource_class_from_type


def install() -> None:
    """Register the type. moto caches its list of types."""
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()
    replace_function(parsing, "resource_class_from_type", "resource_type", _reject_unknown)
