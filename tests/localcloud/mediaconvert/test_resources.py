"""Queues, presets, tags and endpoints through the API; presets through CloudFormation."""

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


def test_a_queue_lives_and_dies(mediaconvert: Any, name: str) -> None:
    made = mediaconvert.create_queue(Name=name, Description="first", ConcurrentJobs=2, Tags={"stack": "dev"})["Queue"]
    assert made["Arn"] == f"arn:aws:mediaconvert:us-east-1:123456789012:queues/{name}"
    assert (made["Status"], made["Type"], made["PricingPlan"]) == ("ACTIVE", "CUSTOM", "ON_DEMAND")
    changed = mediaconvert.update_queue(Name=name, Description="second", Status="PAUSED")["Queue"]
    assert (changed["Description"], changed["Status"], changed["ConcurrentJobs"]) == ("second", "PAUSED", 2)
    assert name in [queue["Name"] for queue in mediaconvert.list_queues()["Queues"]]
    assert mediaconvert.list_tags_for_resource(Arn=made["Arn"])["ResourceTags"]["Tags"] == {"stack": "dev"}
    with pytest.raises(mediaconvert.exceptions.ConflictException):
        mediaconvert.create_queue(Name=name)
    mediaconvert.delete_queue(Name=name)
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.get_queue(Name=name)


def test_the_default_queue_is_there_and_stays(mediaconvert: Any) -> None:
    assert mediaconvert.get_queue(Name="Default")["Queue"]["Type"] == "SYSTEM"
    with pytest.raises(mediaconvert.exceptions.BadRequestException):
        mediaconvert.delete_queue(Name="Default")


def test_a_queue_with_waiting_jobs_is_not_deleted(mediaconvert: Any, name: str) -> None:
    mediaconvert.create_queue(Name=name, Status="PAUSED")
    role = "arn:aws:iam::123456789012:role/any"
    job = mediaconvert.create_job(Role=role, Queue=name, Settings=job_settings())["Job"]
    with pytest.raises(mediaconvert.exceptions.ConflictException):
        mediaconvert.delete_queue(Name=name)
    mediaconvert.cancel_job(Id=job["Id"])
    mediaconvert.delete_queue(Name=name)


def test_a_reserved_queue_is_refused_by_name(mediaconvert: Any, name: str) -> None:
    with pytest.raises(ClientError, match="does not implement RESERVED"):
        mediaconvert.create_queue(Name=name, PricingPlan="RESERVED")


def test_a_preset_lives_and_dies(mediaconvert: Any, name: str, preset_settings: dict[str, Any]) -> None:
    made = mediaconvert.create_preset(Name=name, Category="house", Settings=preset_settings)["Preset"]
    assert (made["Settings"], made["Type"]) == (preset_settings, "CUSTOM")
    preset_settings["VideoDescription"]["Height"] = 720
    mediaconvert.update_preset(Name=name, Settings=preset_settings)
    found = mediaconvert.get_preset(Name=name)["Preset"]
    assert (found["Settings"]["VideoDescription"]["Height"], found["Category"]) == (720, "house")
    assert found["LastUpdated"] >= found["CreatedAt"]
    assert [one["Name"] for one in mediaconvert.list_presets(Category="house")["Presets"] if one["Name"] == name]
    mediaconvert.delete_preset(Name=name)
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.get_preset(Name=name)


def test_a_preset_is_checked_like_a_job(mediaconvert: Any, name: str, preset_settings: dict[str, Any]) -> None:
    del preset_settings["VideoDescription"]["CodecSettings"]["H264Settings"]["MaxBitrate"]
    with pytest.raises(mediaconvert.exceptions.BadRequestException, match="maxBitrate is a required property"):
        mediaconvert.create_preset(Name=name, Settings=preset_settings)


def test_tags_come_and_go(mediaconvert: Any, name: str) -> None:
    arn = mediaconvert.create_queue(Name=name)["Queue"]["Arn"]
    mediaconvert.tag_resource(Arn=arn, Tags={"a": "1", "b": "2"})
    mediaconvert.untag_resource(Arn=arn, TagKeys=["a"])
    assert mediaconvert.list_tags_for_resource(Arn=arn)["ResourceTags"] == {"Arn": arn, "Tags": {"b": "2"}}
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.list_tags_for_resource(Arn=arn + "-gone")


def test_the_endpoint_is_this_one(mediaconvert: Any, cloud: RunningCloud) -> None:
    assert mediaconvert.describe_endpoints()["Endpoints"] == [{"Url": cloud.aws}]


def template(name: str, settings: dict[str, Any], **properties: Any) -> str:
    preset = {"Type": "AWS::MediaConvert::Preset", "Properties": {"Name": name, "SettingsJson": settings, **properties}}
    outputs = {"Name": {"Value": {"Ref": "House"}}, "Arn": {"Value": {"Fn::GetAtt": ["House", "Arn"]}}}
    return json.dumps({"Resources": {"House": preset}, "Outputs": outputs})


def stack_outputs(cloudformation: Any, name: str) -> dict[str, str]:
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    return {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}


def test_a_stack_makes_changes_replaces_and_removes_a_preset(
    cloud: RunningCloud, mediaconvert: Any, name: str, preset_settings: dict[str, Any]
) -> None:
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=template(name, preset_settings, Tags={"stack": "dev"}))
    arn = f"arn:aws:mediaconvert:us-east-1:123456789012:presets/{name}"
    assert stack_outputs(cloudformation, name) == {"Name": name, "Arn": arn}
    assert mediaconvert.get_preset(Name=name)["Preset"]["Settings"] == preset_settings
    assert mediaconvert.list_tags_for_resource(Arn=arn)["ResourceTags"]["Tags"] == {"stack": "dev"}

    preset_settings["VideoDescription"]["Width"] = 1280
    body = template(name, preset_settings, Description="wider")
    cloudformation.update_stack(StackName=name, TemplateBody=body)
    found = mediaconvert.get_preset(Name=name)["Preset"]
    assert (found["Settings"]["VideoDescription"]["Width"], found["Description"]) == (1280, "wider")

    cloudformation.update_stack(StackName=name, TemplateBody=template(f"{name}-2", preset_settings))
    assert stack_outputs(cloudformation, name)["Name"] == f"{name}-2"
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.get_preset(Name=name)

    cloudformation.delete_stack(StackName=name)
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.get_preset(Name=f"{name}-2")


def test_a_stack_with_wrong_settings_fails(
    cloud: RunningCloud, mediaconvert: Any, name: str, preset_settings: dict[str, Any]
) -> None:
    preset_settings["VideoDescription"]["CodecSettings"]["H264Settings"]["CodecProfile"] = "HUGE"
    with pytest.raises(ClientError, match="CodecProfile: Should be one of the enum values"):
        cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=template(name, preset_settings))
    with pytest.raises(mediaconvert.exceptions.NotFoundException):
        mediaconvert.get_preset(Name=name)


@pytest.mark.parametrize("kind", ["Queue", "JobTemplate"])
def test_other_types_of_the_service_fail_by_name(cloud: RunningCloud, name: str, kind: str) -> None:
    body = json.dumps({"Resources": {"It": {"Type": f"AWS::MediaConvert::{kind}", "Properties": {}}}})
    with pytest.raises(ClientError, match=f"does not implement AWS::MediaConvert::{kind}"):
        cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=body)


def test_an_unknown_fault_is_refused(cloud: RunningCloud) -> None:
    with pytest.raises(ConsoleError, match="no such fault: explode"):
        cloud.console_client.call("POST", "/mediaconvert/faults", {"explode": True})
