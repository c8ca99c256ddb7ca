"""MediaConvert: the stack's own queue, the role of its jobs, and the house preset."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.components.bucket import PrivateBucket
from infra.naming import Names
from infra.policies import Grant, allow, allow_service, document
from vcp.wire.object_keys import INCOMING_PREFIX, STAGING_PREFIX

PRESETS = Path(__file__).parent / "presets"
HOUSE_PRESET = "h264-hq"
_SERVICE = "mediaconvert.amazonaws.com"


def preset_settings(preset: str) -> dict[str, object]:
    """Return a preset's Settings."""
    settings: dict[str, object] = json.loads((PRESETS / f"{preset}.json").read_text("utf-8"))
    return settings


def content_hash(settings: dict[str, object]) -> str:
    """Return eight digits that change with the settings. They are in the preset's name: running jobs keep theirs."""
    canonical = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class TranscodingArgs:
    """Where jobs read and write, and in which account they run."""

    names: Names
    temp: PrivateBucket
    account_id: pulumi.Output[str]
    partition: pulumi.Output[str]
    permissions_boundary: str | None


class Transcoding(pulumi.ComponentResource):
    """Jobs of this stack run in its own queue, with a role that only jobs of this queue can assume."""

    def __init__(self, name: str, args: TranscodingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:transcoding:Transcoding", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._arn_prefix = pulumi.Output.concat(
            "arn:", args.partition, ":mediaconvert:", args.names.region, ":", args.account_id, ":"
        )
        self.queue_arn = aws.mediaconvert.Queue(
            f"{name}-queue",
            name=args.names.of("transcode"),
            description=f"Videos of stack {args.names.stack}",
            pricing_plan="ON_DEMAND",
            opts=self._child,
        ).arn
        self.role_arn = self._role(name, args)
        self.preset_name = self._preset(name, args.names)
        self.register_outputs({"queueArn": self.queue_arn, "presetName": self.preset_name})

    def _role(self, name: str, args: TranscodingArgs) -> pulumi.Output[str]:
        only_own_jobs = {
            "StringEquals": {"aws:SourceAccount": args.account_id},
            "ArnEquals": {"aws:SourceArn": self.queue_arn},
        }
        role = aws.iam.Role(
            f"{name}-role",
            name=args.names.of("transcode"),
            description=f"Permissions of MediaConvert for stack {args.names.stack}",
            assume_role_policy=document(allow_service(_SERVICE, ["sts:AssumeRole"], conditions=only_own_jobs)),
            permissions_boundary=args.permissions_boundary,
            opts=self._child,
        )
        objects = args.temp.access(read=[INCOMING_PREFIX], write=[STAGING_PREFIX])
        aws.iam.RolePolicy(
            f"{name}-{objects.name}",
            name=objects.name,
            role=role.name,
            policy=document(*objects.statements),
            opts=self._child,
        )
        return role.arn

    def _preset(self, name: str, names: Names) -> pulumi.Output[str]:
        """Create the preset with CloudFormation, since pulumi-aws has no presets.

        A changed preset is a new stack with a new name; the old one is deleted after all functions use the new name.
        """
        settings = preset_settings(HOUSE_PRESET)
        label = f"{HOUSE_PRESET}-{content_hash(settings)}"
        preset = {
            "Type": "AWS::MediaConvert::Preset",
            "Properties": {
                "Name": names.of(label),
                "Description": f"House preset of stack {names.stack}; the plan of each video is merged into it",
                "Category": names.of("presets"),
                "SettingsJson": settings,
            },
        }
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "A MediaConvert preset, deployed by Pulumi",
            "Resources": {"Preset": preset},
            "Outputs": {"PresetName": {"Value": {"Ref": "Preset"}}},
        }
        stack = aws.cloudformation.Stack(
            f"{name}-preset-{label}",
            name=names.of(f"preset-{label}"),
            template_body=json.dumps(template, sort_keys=True),
            opts=self._child,
        )
        return stack.outputs["PresetName"]

    def submit(self) -> Grant:
        """Read the house preset, create a job in this queue with this role, and find it again."""
        preset_arn = pulumi.Output.concat(self._arn_prefix, "presets/", self.preset_name)
        return Grant(
            "submit-jobs",
            [
                allow(["mediaconvert:GetPreset"], [preset_arn]),
                allow(["mediaconvert:CreateJob", "mediaconvert:ListJobs"], [self.queue_arn]),
                *self.status().statements,
                allow(["iam:PassRole"], [self.role_arn], {"StringEquals": {"iam:PassedToService": _SERVICE}}),
            ],
            {
                "transcode_queue_arn": self.queue_arn,
                "transcode_role_arn": self.role_arn,
                "preset_name": self.preset_name,
            },
        )

    def status(self) -> Grant:
        """Get a job's status. A job's id is unknown before it exists, so this covers all jobs."""
        jobs = pulumi.Output.concat(self._arn_prefix, "jobs/*")
        return Grant("read-jobs", [allow(["mediaconvert:GetJob"], [jobs])])
