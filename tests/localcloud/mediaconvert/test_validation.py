"""CreateJob rejects violations of the service model (enums, ranges, patterns) and of the documented rules."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.mediaconvert.exceptions import BadRequestException
from localcloud.mediaconvert.models import MediaConvertBackend, page
from localcloud.mediaconvert.rules import check_settings
from localcloud.mediaconvert.validation import check_job, decode
from localcloud.process import RunningCloud
from localcloud.service_model import Checker, service_model
from tests.rendering.media import changed, job_settings

VIDEO = "OutputGroups[0].Outputs[0].VideoDescription"
H264 = f"{VIDEO}.CodecSettings.H264Settings"
AAC = "OutputGroups[0].Outputs[0].AudioDescriptions[0].CodecSettings.AacSettings"
ROLE = "arn:aws:iam::123456789012:role/transcoding"
DROP = object()


def altered(*changes: tuple[str, Any]) -> dict[str, Any]:
    """Return valid settings with some members changed, or dropped."""
    settings = job_settings()
    for path, value in changes:
        settings = changed(settings, path, value)
    left: dict[str, Any] = _without_dropped(settings)
    return left


def _without_dropped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_dropped(item) for key, item in value.items() if item is not DROP}
    return [_without_dropped(item) for item in value] if isinstance(value, list) else value


def test_accepts_valid_settings() -> None:
    check_job({"Role": ROLE}, job_settings(tracks=2))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ([("Inputs", [])], "/inputs: Should have at least 1 items"),
        ([("OutputGroups", [])], "/outputGroups: Should have at least 1 items"),
        ([("OutputGroups[0].Outputs", [])], "/outputGroups/0/outputs: Should have at least 1 items"),
        (
            [("Inputs[0].FileInput", "https://example.org/a.mp4")],
            "/inputs/0/fileInput: the local cloud reads inputs from s3:// only, not https",
        ),
        ([("Inputs[0].FileInput", DROP)], "/inputs/0: Should have exactly one of fileInput and videoGenerator"),
        (
            [("OutputGroups[0].OutputGroupSettings.Type", DROP)],
            "/outputGroups/0/outputGroupSettings: type is a required property",
        ),
        (
            [("OutputGroups[0].OutputGroupSettings.FileGroupSettings.Destination", DROP)],
            "/outputGroups/0/outputGroupSettings/fileGroupSettings: destination is a required property",
        ),
        (
            [("OutputGroups[0].Outputs[0].ContainerSettings", DROP)],
            "/outputGroups/0/outputs/0: containerSettings is a required property",
        ),
        (
            [("OutputGroups[0].Outputs[0].Preset", "house")],
            "/outputGroups/0/outputs/0: Should have exactly one of preset and containerSettings",
        ),
        (
            [("OutputGroups[0].OutputGroupSettings.Type", "HLS_GROUP_SETTINGS")],
            "/outputGroups/0/outputGroupSettings/type: the local cloud does not implement HLS_GROUP_SETTINGS",
        ),
        ([(f"{VIDEO}.Width", 321)], "/outputGroups/0/outputs/0/videoDescription/width: Should be a multiple of 2"),
        ([(f"{VIDEO}.Width", 8000)], "/outputGroups/0/outputs/0/videoDescription: H_264 outputs are at most 4096x2160"),
        ([(f"{H264}.MaxBitrate", DROP)], "h264Settings: maxBitrate is a required property"),
        ([(f"{H264}.RateControlMode", DROP)], "h264Settings: rateControlMode is a required property"),
        ([(f"{H264}.RateControlMode", "VBR")], "qvbrSettings: Is allowed only with rateControlMode QVBR"),
        ([(f"{H264}.RateControlMode", "CBR")], "h264Settings: bitrate is a required property"),
        ([(f"{H264}.Bitrate", 1_000_000)], "bitrate: Should be left out with rateControlMode QVBR"),
        (
            [(f"{H264}.QvbrSettings.MaxAverageBitrate", 9_000_000)],
            "maxAverageBitrate: Should be less than or equal to maxBitrate",
        ),
        (
            [(f"{H264}.QvbrSettings.MaxAverageBitrate", 1_000_000), (f"{H264}.QualityTuningLevel", "SINGLE_PASS_HQ")],
            "maxAverageBitrate: Is allowed only with qualityTuningLevel MULTI_PASS_HQ",
        ),
        ([(f"{H264}.FramerateControl", "SPECIFIED")], "h264Settings: framerateNumerator is a required property"),
        ([(f"{H264}.ParControl", "SPECIFIED")], "h264Settings: parNumerator is a required property"),
        ([(f"{H264}.GopSize", 60.0)], "gopSize: Should be left out with gopSizeUnits AUTO"),
        ([(f"{AAC}.Bitrate", 100_000)], "aacSettings/bitrate: Should be one of 6000, 8000"),
        ([(f"{AAC}.Bitrate", DROP)], "aacSettings: bitrate is a required property"),
        ([(f"{AAC}.SampleRate", DROP)], "aacSettings: sampleRate is a required property"),
        ([(f"{AAC}.RateControlMode", "VBR")], "aacSettings/bitrate: Should be left out with rateControlMode VBR"),
        (
            [("OutputGroups[0].Outputs[0].AudioDescriptions[0].AudioSourceName", "Audio Selector 9")],
            "/outputGroups/0/outputs/0/audioDescriptions/0/audioSourceName: No input has an audio selector",
        ),
        (
            [("Inputs[0].AudioSelectors.Audio Selector 1.SelectorType", "LANGUAGE_CODE")],
            "/inputs/0/audioSelectors/Audio Selector 1: languageCode is a required property",
        ),
    ],
)
def test_rejects_violations_of_documented_rules(changes: list[tuple[str, Any]], problem: str) -> None:
    problems = list(check_settings(altered(*changes)))
    assert any(problem in found for found in problems), problems


def test_outputs_of_one_group_need_different_name_modifiers() -> None:
    settings = job_settings()
    outputs = settings["OutputGroups"][0]["Outputs"]
    outputs.append(dict(outputs[0]))
    assert list(check_settings(settings)) == [
        "/outputGroups/0/outputs/1/nameModifier: Should be unique within the output group"
    ]
    del outputs[1]["NameModifier"]
    assert list(check_settings(settings)) == ["/outputGroups/0/outputs/1: nameModifier is a required property"]


@pytest.mark.parametrize(
    ("request_part", "problem"),
    [
        ({"Role": "transcoding"}, "/role: Should be the ARN of an IAM role"),
        ({"ClientRequestToken": "x" * 65}, "/clientRequestToken: Should be at most 64 ASCII characters"),
        ({"ClientRequestToken": "é"}, "/clientRequestToken"),
        ({"UserMetadata": {str(number): "x" for number in range(11)}}, "/userMetadata: Should have at most 10 items"),
        ({"UserMetadata": {"k" * 129: "x"}}, "The key should be at most 128 characters long"),
        ({"UserMetadata": {"k": "x" * 257}}, "The value should be at most 256 characters long"),
        ({"UserMetadata": {"k": "a(1)"}}, "/userMetadata/k: The value may hold letters, digits"),
        ({"UserMetadata": {"k": "naïve"}}, "/userMetadata/k: The value may hold letters, digits"),
        ({"HopDestinations": [{"WaitMinutes": 5}]}, "/hopDestinations: the local cloud does not implement"),
        ({"AccelerationSettings": {"Mode": "ENABLED"}}, "/accelerationSettings: the local cloud does not implement"),
        ({"JobTemplate": "house"}, "/jobTemplate: the local cloud does not implement JobTemplate"),
        ({"Tags": {"a": "b"}}, "/tags: the local cloud does not implement Tags"),
    ],
)
def test_rejects_invalid_members_of_the_request(request_part: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadRequestException) as rejection:
        check_job({"Role": ROLE, **request_part}, job_settings())
    assert problem in rejection.value.message


def test_accepts_metadata_at_its_limits() -> None:
    metadata = {"k" * 128: "v" * 256, "a_b.c:d/e=f+g-h@i j": "1"}
    check_job({"Role": ROLE, "UserMetadata": metadata, "ClientRequestToken": "x" * 64}, job_settings())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"settings": {"adAvailOffset": 1001}}, "/adAvailOffset: Should be less than or equal to 1000"),
        ({"settings": {"adAvailOffset": "1"}}, "/adAvailOffset: Should be of type integer"),
        ({"settings": {"adAvailOffset": True}}, "/adAvailOffset: Should be of type integer"),
        ({"settings": {"timecodeConfig": {"source": "NOON"}}}, "/timecodeConfig/source: Should be one of the enum"),
        ({"settings": {"timecodeConfig": {"start": "noon"}}}, "/timecodeConfig/start: Should match the pattern"),
        ({"settings": {"inputs": [{"fileInput": "ftp://a"}]}}, "/inputs/0/fileInput: Should match the pattern"),
        ({"settings": {"inputs": {}}}, "/inputs: Should be of type array"),
        ({"settings": {"inputs": [{"fileImput": "s3://a/b"}]}}, "/inputs/0: fileImput is not a property of Input"),
        ({"settings": {}, "prority": 1}, "/: prority is not a property of CreateJobRequest"),
        ({"settings": {}, "priority": 51}, "/priority: Should be less than or equal to 50"),
        ({"settings": {}, "statusUpdateInterval": "SECONDS_11"}, "/statusUpdateInterval: Should be one of the enum"),
        ({}, "/: settings is a required property"),
    ],
)
def test_enforces_the_service_model(body: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadRequestException) as rejection:
        decode("CreateJob", {"role": ROLE, **body})
    assert problem in rejection.value.message


def test_reads_ranges_of_doubles_from_the_names_of_their_shapes() -> None:
    shape = service_model("mediaconvert").shape_for("H264QvbrSettings")
    for value, problems in ((0.5, 0), (1.0, 0), (1.1, 1), (-0.1, 1)):
        checker = Checker(wire=True)
        checker.check(shape, {"qvbrQualityLevelFineTune": value})
        assert len(checker.problems) == problems, value


def test_reports_all_problems_to_a_client_without_validation(cloud: RunningCloud) -> None:
    careless = cloud.client("mediaconvert", config=Config(parameter_validation=False))
    settings = altered((f"{H264}.MaxBitrate", 10), (f"{VIDEO}.ScalingBehavior", "BIG"))
    with pytest.raises(careless.exceptions.BadRequestException) as rejection:
        careless.create_job(Role=ROLE, Settings=settings)
    message = rejection.value.response["Error"]["Message"]
    assert "/codecSettings/h264Settings/maxBitrate: Should be greater than or equal to 1000" in message
    assert "/videoDescription/scalingBehavior: Should be one of the enum values: DEFAULT" in message


def test_rejects_a_setting_that_is_not_rendered_by_its_path(cloud: RunningCloud) -> None:
    client = cloud.client("mediaconvert")
    with pytest.raises(client.exceptions.BadRequestException) as rejection:
        client.create_job(Role=ROLE, Settings=altered((f"{H264}.Softness", 7)))
    message = rejection.value.response["Error"]["Message"]
    assert message.startswith(f"The local cloud does not render Settings.{H264}.Softness = 7")


def test_rejects_settings_of_the_destination() -> None:
    path = "OutputGroups[0].OutputGroupSettings.FileGroupSettings.DestinationSettings"
    with pytest.raises(BadRequestException) as rejection:
        check_job({"Role": ROLE}, altered((path, {"S3Settings": {"StorageClass": "STANDARD_IA"}})))
    assert f"does not render Settings.{path}" in rejection.value.message


@pytest.mark.parametrize("queue", ["unknown", "arn:aws:mediaconvert:us-east-1:123456789012:queues/unknown"])
def test_rejects_an_unknown_queue(queue: str, cloud: RunningCloud) -> None:
    with pytest.raises(ClientError, match="/queue: Queue not found: "):
        cloud.client("mediaconvert").create_job(Role=ROLE, Queue=queue, Settings=job_settings())


def test_forgets_a_token_after_a_minute() -> None:
    backend = MediaConvertBackend("us-east-1", "123456789012")
    now = [1000.0]
    backend.clock = lambda: now[0]
    request = {"Role": ROLE, "Settings": job_settings(), "ClientRequestToken": "token"}
    first, new = backend.create_job(request)
    assert new
    now[0] += 59.9
    assert backend.create_job(request) == (first, False)
    now[0] += 0.2
    second, new = backend.create_job(request)
    assert new
    assert second.job_id != first.job_id


def test_pages_end_and_reject_unknown_tokens() -> None:
    items = list(range(45))
    seen, token = [], None
    while True:
        part, token = page(items, None, token)
        seen += part
        if token is None:
            break
    assert seen == items
    with pytest.raises(BadRequestException):
        page(items, 5, "elsewhere")
