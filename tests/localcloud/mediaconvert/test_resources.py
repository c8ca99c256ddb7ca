"""Queues, presets and tags through the API; presets through CloudFormation."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.calls import ConsoleError
from localcloud.process import RunningCloud
from tests.rendering.media import job_settings, output


@pytest.fixture
def name() -> str:
    return f"it-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def mediaconvert(cloud: RunningCloud) -> Any:
    return cloud.client("mediaconvert")


@pytest.fixture
def preset_settings() -> dict[str, Any]:
    house = output(job_settings())
    return {key: house[key] for key in ("ContainerSettings", "VideoDescription", "AudioDescriptions")}


def test_queue_is_created_changed_and_deleted(mediaconvert: Any, name: str) -> None:
    created = mediaconvert.create_queue(Name=name, Description="first", ConcurrentJobs=2, Tags={"stack": "dev"})[
        "Queue"
    ]
    assert created["Arn"] == f"arn:aws:mediaconvert:us-east-1:123456789012:queues/{name}"
    assert (created["Status"], created["Type"], created["PricingPlan"]) == ("ACTIVE", "CUSTOM", "ON_DEMAND")
    changed = mediaconvert.update_queue(Name=name, Description="second", Status="PAUSED")["Queue"]
    assert (changed["Description"], changed["Status"], changed["ConcurrentJobs"]) == ("second", "PAUSED", 2)
    assert mediaconvert.list_tags_for_resource(Arn=created["Arn"])["ResourceTags"]["Tags"] == {"stack": "dev"}
    with pytest.raises(mediaconvert.exceptions.ConflictException):
        mediaconvert.create_queue(Name=name)
    mediaconvert.delete_queue(Name=name)
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.get_queue(Name=name)


def test_default_queue_cannot_be_deleted(mediaconvert: Any) -> None:
    assert mediaconvert.get_queue(Name="Default")["Queue"]["Type"] == "SYSTEM"
    with pytest.raises(mediaconvert.exceptions.BadRequestException):
        mediaconvert.delete_queue(Name="Default")


def test_queue_with_waiting_jobs_cannot_be_deleted(mediaconvert: Any, name: str) -> None:
    mediaconvert.create_queue(Name=name, Status="PAUSED")
    role = "arn:aws:iam::123456789012:role/any"
    job = mediaconvert.create_job(Role=role, Queue=name, Settings=job_settings())["Job"]
    with pytest.raises(mediaconvert.exceptions.ConflictException):
        mediaconvert.delete_queue(Name=name)
    mediaconvert.cancel_job(Id=job["Id"])
    mediaconvert.delete_queue(Name=name)


def test_rejects_a_reserved_queue(mediaconvert: Any, name: str) -> None:
    with pytest.raises(ClientError, match="does not implement RESERVED"):
        mediaconvert.create_queue(Name=name, PricingPlan="RESERVED")


def test_preset_is_created_and_read(mediaconvert: Any, name: str, preset_settings: dict[str, Any]) -> None:
    mediaconvert.create_preset(Name=name, Category="house", Settings=preset_settings)
    preset = mediaconvert.get_preset(Name=name)["Preset"]
    assert (preset["Settings"], preset["Type"], preset["Category"]) == (preset_settings, "CUSTOM", "house")
    with pytest.raises(mediaconvert.exceptions.ConflictException):
        mediaconvert.create_preset(Name=name, Settings=preset_settings)
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.get_preset(Name=name + "-2")


def test_checks_a_preset_like_a_job(mediaconvert: Any, name: str, preset_settings: dict[str, Any]) -> None:
    del preset_settings["VideoDescription"]["CodecSettings"]["H264Settings"]["MaxBitrate"]
    with pytest.raises(mediaconvert.exceptions.BadRequestException, match="maxBitrate is a required property"):
        mediaconvert.create_preset(Name=name, Settings=preset_settings)


def test_tags_are_added_and_removed(mediaconvert: Any, name: str) -> None:
    arn = mediaconvert.create_queue(Name=name)["Queue"]["Arn"]
    mediaconvert.tag_resource(Arn=arn, Tags={"a": "1", "b": "2"})
    mediaconvert.untag_resource(Arn=arn, TagKeys=["a"])
    assert mediaconvert.list_tags_for_resource(Arn=arn)["ResourceTags"] == {"Arn": arn, "Tags": {"b": "2"}}
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.list_tags_for_resource(Arn=arn + "-gone")


def template(name: str, settings: dict[str, Any], **properties: Any) -> str:
    preset = {"Type": "AWS::MediaConvert::Preset", "Properties": {"Name": name, "SettingsJson": settings, **properties}}
    outputs = {"Name": {"Value": {"Ref": "House"}}, "Arn": {"Value": {"Fn::GetAtt": ["House", "Arn"]}}}
    return json.dumps({"Resources": {"House": preset}, "Outputs": outputs})


def stack_outputs(cloudformation: Any, name: str) -> dict[str, str]:
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}


def test_stack_creates_and_deletes_a_preset(
    cloud: RunningCloud, mediaconvert: Any, name: str, preset_settings: dict[str, Any]
) -> None:
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=template(name, preset_settings, Description="house"))
    arn = f"arn:aws:mediaconvert:us-east-1:123456789012:presets/{name}"
    assert stack_outputs(cloudformation, name) == {"Name": name, "Arn": arn}
    preset = mediaconvert.get_preset(Name=name)["Preset"]
    assert (preset["Settings"], preset["Description"]) == (preset_settings, "house")

    preset_settings["VideoDescription"]["Width"] = 1280
    with pytest.raises(ClientError, match="does not implement updates of AWS::MediaConvert::Preset"):
        cloudformation.update_stack(StackName=name, TemplateBody=template(name, preset_settings))

    cloudformation.delete_stack(StackName=name)
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.get_preset(Name=name)


def test_stack_with_tags_of_a_preset_fails(cloud: RunningCloud, name: str, preset_settings: dict[str, Any]) -> None:
    body = template(name, preset_settings, Tags={"stack": "dev"})
    with pytest.raises(ClientError, match="unsupported property Tags"):
        cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=body)


def test_stack_with_invalid_settings_fails(
    cloud: RunningCloud, mediaconvert: Any, name: str, preset_settings: dict[str, Any]
) -> None:
    preset_settings["VideoDescription"]["CodecSettings"]["H264Settings"]["CodecProfile"] = "HUGE"
    with pytest.raises(ClientError, match="CodecProfile: Should be one of the enum values"):
        cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=template(name, preset_settings))
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.get_preset(Name=name)


@pytest.mark.parametrize("kind", ["Queue", "JobTemplate"])
def test_other_types_fail_by_name(cloud: RunningCloud, name: str, kind: str) -> None:
    body = json.dumps({"Resources": {"It": {"Type": f"AWS::MediaConvert::{kind}", "Properties": {}}}})
    with pytest.raises(ClientError, match=f"does not implement AWS::MediaConvert::{kind}"):
        cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=body)


def test_rejects_an_unknown_fault(cloud: RunningCloud) -> None:
    with pytest.raises(ConsoleError, match="no such fault: explode"):
        cloud.console_client.call("POST", "/mediaconvert/faults", {"explode": True})
