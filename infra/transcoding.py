"""MediaConvert: a queue of this stack's own, the role that its jobs run with, and the house preset."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.function import ImageFunction
from infra.naming import Names
from infra.policies import allow, allow_service, document
from infra.storage import PrivateBucket
from vcp.wire.object_keys import INCOMING_PREFIX, STAGING_PREFIX

PRESETS = Path(__file__).parent / "presets"
HOUSE_PRESET = "h264-hq"
_SERVICE = "mediaconvert.amazonaws.com"


def preset_settings(preset: str) -> dict[str, object]:
    """A preset's Settings as its JSON file has them."""
    settings: dict[str, object] = json.loads((PRESETS / f"{preset}.json").read_text("utf-8"))
    return settings


def content_hash(settings: dict[str, object]) -> str:
    """Eight digits that change with the settings. In the preset's name, so that what is under way keeps its own."""
    canonical = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class TranscodingArgs:
    """Where jobs read and write, and in which account they run."""

    names: Names
    temp: PrivateBucket
    account_id: pulumi.Output[str]
    partition: pulumi.Output[str]


class Transcoding(pulumi.ComponentResource):
    """Jobs of this stack run in its own queue, with a role that only jobs of this queue can have."""

    def __init__(self, name: str, args: TranscodingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("vcp:transcoding:Transcoding", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self._arn_stem = pulumi.Output.concat(
            "arn:", args.partition, ":mediaconvert:", args.names.region, ":", args.account_id, ":"
        )
        self.queue = aws.mediaconvert.Queue(
            f"{name}-queue",
            name=args.names.of("transcode"),
            description=f"Videos of stack {args.names.stack}",
            pricing_plan="ON_DEMAND",
            opts=self._child,
        )
        self.queue_arn = self.queue.arn
        self.role = self._role(name, args)
        self.role_arn = self.role.arn
        self.preset_name = self._preset(name, args.names)
        self.register_outputs({"queueArn": self.queue_arn, "presetName": self.preset_name})

    def _role(self, name: str, args: TranscodingArgs) -> aws.iam.Role:
        only_our_jobs = {
            "StringEquals": {"aws:SourceAccount": args.account_id},
            "ArnEquals": {"aws:SourceArn": self.queue_arn},
        }
        role = aws.iam.Role(
            f"{name}-role",
            name=args.names.of("transcode"),
            description=f"What MediaConvert may do for stack {args.names.stack}",
            assume_role_policy=document(allow_service(_SERVICE, ["sts:AssumeRole"], None, only_our_jobs)),
            opts=self._child,
        )
        aws.iam.RolePolicy(
            f"{name}-objects",
            name="objects",
            role=role.name,
            policy=document(args.temp.read(INCOMING_PREFIX), args.temp.write(STAGING_PREFIX), args.temp.list()),
            opts=self._child,
        )
        return role

    def _preset(self, name: str, names: Names) -> pulumi.Output[str]:
        """By CloudFormation: pulumi-aws has no presets. A changed preset is a new stack under a new name;
        the old one goes last, when every function knows the new one."""
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

    def _jobs(self) -> pulumi.Output[str]:
        # A job's id is only known once it exists; the queue is what CreateJob and ListJobs are narrowed to.
        return pulumi.Output.concat(self._arn_stem, "jobs/*")

    def grant_submit(self, function: ImageFunction) -> None:
        """Read the house preset, put a job into this queue with this role, find it again."""
        preset_arn = pulumi.Output.concat(self._arn_stem, "presets/", self.preset_name)
        function.allow(
            "submit-jobs",
            allow(["mediaconvert:GetPreset"], [preset_arn]),
            allow(["mediaconvert:CreateJob", "mediaconvert:ListJobs"], [self.queue_arn]),
            allow(["mediaconvert:GetJob"], [self._jobs()]),
            allow(["iam:PassRole"], [self.role_arn], {"StringEquals": {"iam:PassedToService": _SERVICE}}),
        )

    def grant_status(self, function: ImageFunction) -> None:
        """Ask how a job is doing."""
        function.allow("read-jobs", allow(["mediaconvert:GetJob"], [self._jobs()]))
