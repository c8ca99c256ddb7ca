"""The workflows in the real n8n, from a file in Drive to its row; `make test-n8n` runs it.

The tests run in order and share one n8n: it takes half a minute to start, and it polls the folder once a minute.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections import Counter
from email.message import EmailMessage
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from tests.n8n.conftest import POLL_SECONDS, PRODUCER, SMALL_BYTES, Studio, text_of
from tests.n8n.instance import Execution
from tests.n8n.lambda_gateway import OUTAGE, WRONG_KEY
from tests.n8n.node_types import installed, recorded
from tests.unit.domain.intake.test_candidates import EXAMPLES
from tests.waiting import eventually
from vcpctl.n8n.workflows import COMPRESS, nodes, read_workflow

if "VCP_TEST_N8N" not in os.environ:
    pytest.skip("needs the real n8n: make test-n8n", allow_module_level=True)

#: A minute until n8n polls, a minute of outage, a minute or two until the retry, and the encodes.
pytestmark = pytest.mark.timeout(900)

BURST = 20
#: Limit of the answer to n8n, at the 95th percentile over the burst.
ANSWER_SECONDS = 2.0
OUTAGE_SECONDS = 60.0
TRIGGER = "New file in the folder"
#: Measurements for docs/n8n.md.
FIGURES = "figures.json"


@pytest.fixture(scope="module")
def first_day(open_studio: Studio) -> dict[str, str]:
    """A film, a small film, a text named like a film, and a picture: name -> id."""
    studio = open_studio
    files = {"Episode 1.mov": studio.film("Episode 1.mov", 2)}
    for name, content in {
        "Small.mp4": b"." * (SMALL_BYTES // 2),
        "No film.mp4": b"These are words.\n" * SMALL_BYTES,
        "Poster.jpg": b"\xff\xd8\xff" * SMALL_BYTES,
    }.items():
        files[name] = studio.folder / name
        files[name].write_bytes(content)
    return {name: studio.drop(path) for name, path in files.items()}


def figures(install: Path, **found: float) -> None:
    path = install / FIGURES
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, **found}, indent=2) + "\n", "utf-8")


def test_the_recorded_node_types_are_current(install: Path) -> None:
    assert installed(install) == recorded()


def test_its_filter_decides_as_the_pipeline_does(studio: Studio) -> None:
    """n8n evaluates the filter's conditions on the pipeline's own examples."""
    (rule,) = nodes(read_workflow(COMPRESS), "n8n-nodes-base.filter")
    examples = [{**each["file"], "number": number} for number, each in enumerate(EXAMPLES)]
    chain = [
        {"name": "Begin", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "parameters": {}},
        {
            "name": "Examples", "type": "n8n-nodes-base.set", "typeVersion": 3.4,
            "parameters": {"mode": "raw", "jsonOutput": json.dumps({"files": examples})},
        },
        {
            "name": "One by one", "type": "n8n-nodes-base.splitOut", "typeVersion": 1,
            "parameters": {"fieldToSplitOut": "files"},
        },
        {key: value for key, value in rule.items() if key != "id"},
    ]  # fmt: skip
    connections = {
        one["name"]: {"main": [[{"node": next_one["name"], "type": "main", "index": 0}]]}
        for one, next_one in pairwise(chain)
    }
    placed = [{**node, "id": f"node{number}", "position": [number * 200, 0]} for number, node in enumerate(chain)]
    studio.n8n.import_documents(
        "workflow", [{"id": "tryTheFilter", "name": "Filter", "nodes": placed, "connections": connections}]
    )
    printed = studio.n8n.command("execute", "--id=tryTheFilter", "--rawOutput")
    document = json.loads(printed[printed.index("\n{") :] if not printed.startswith("{") else printed)
    runs = document["data"]["resultData"]["runData"]["Keep video files"]
    passed = {item["json"]["number"] for item in runs[0]["data"]["main"][0]}
    assert passed == {number for number, example in enumerate(EXAMPLES) if example["submitted"]}


def test_a_film_in_the_folder_is_completed(open_studio: Studio, first_day: dict[str, str]) -> None:
    execution = open_studio.execution_about(first_day["Episode 1.mov"], "success")
    assert open_studio.row(first_day["Episode 1.mov"], "Completed")["File Name"] == "Episode 1.mov"
    assert [item["result"]["fileName"] for item in execution.items("Accepted: queued")].count("Episode 1.mov") == 1


def test_a_small_film_is_skipped(open_studio: Studio, first_day: dict[str, str]) -> None:
    execution = open_studio.execution_about(first_day["Small.mp4"], "success")
    (answer,) = execution.items("Skipped: small enough")
    assert answer["result"]["reason"].startswith("It needs no compression")
    open_studio.row(first_day["Small.mp4"], "Skipped")


def test_a_text_named_like_a_film_is_rejected_with_the_reason(open_studio: Studio, first_day: dict[str, str]) -> None:
    open_studio.execution_about(first_day["No film.mp4"], "success")
    row = open_studio.row(first_day["No film.mp4"], "Rejected")
    assert row["Error Message"] == "The file is a text, not a video."


def test_a_picture_is_not_submitted(open_studio: Studio, first_day: dict[str, str]) -> None:
    execution = open_studio.execution_about(first_day["Poster.jpg"], "success")
    assert [item["id"] for item in execution.items("Keep video files", 1)] == [first_day["Poster.jpg"]]
    assert open_studio.gateway.about(first_day["Poster.jpg"]) == []


def test_the_form_answers_that_a_film_is_a_duplicate(open_studio: Studio, first_day: dict[str, str]) -> None:
    film = first_day["Episode 1.mov"]
    open_studio.row(film, "Completed")
    page = text_of(open_studio.submit(f"https://drive.google.com/file/d/{film}/view?usp=sharing", "anna@example.org"))
    assert "Episode 1.mov: duplicate" in page
    assert "Episode 1.mov is already known: completed." in page
    assert len(open_studio.jobs_of(film)) == 1


def test_the_form_answers_why_a_link_is_invalid(open_studio: Studio) -> None:
    page = unescape(text_of(open_studio.submit("https://example.org/film.mov")))
    assert "The video was not submitted" in page
    assert "“https://example.org/film.mov” is not a link to a Google Drive file." in page
    assert "not_a_drive_link" not in page
    assert "[" not in page


def test_the_form_answers_with_whom_to_share_a_film(open_studio: Studio) -> None:
    page = text_of(open_studio.submit("https://drive.google.com/file/d/1NobodyEverSawThisFileAnywhere/view"))
    assert "rejected" in page
    assert "share it (or its folder) with" in page


@pytest.mark.parametrize("visitor", [None, ("studio", "guessed")], ids=["no password", "wrong password"])
def test_the_form_requires_its_password(open_studio: Studio, visitor: tuple[str, str] | None) -> None:
    page = f"{open_studio.n8n.url}/form/compress-a-video"
    assert requests.get(page, auth=visitor, timeout=30).status_code in (401, 403)


@pytest.fixture(scope="module")
def burst(open_studio: Studio, first_day: dict[str, str]) -> list[str]:
    """Twenty films at once. Encoding starts after all are answered: on AWS it does not compete for this machine."""
    film = open_studio.film("burst.mp4")
    encoder = open_studio.environment.cloud.console_client.mediaconvert
    encoder.hold()
    films = [open_studio.drop(film, f"Episode {number:02}.mp4") for number in range(1, BURST + 1)]
    # n8n may need two polls for them.
    eventually(lambda: all(open_studio.gateway.about(film) for film in films), 2 * POLL_SECONDS, "all films submitted")
    encoder.release()
    return films


def test_each_film_of_a_burst_is_processed_once(open_studio: Studio, burst: list[str]) -> None:
    for film in burst:
        open_studio.row(film, "Completed")
    assert [len(open_studio.jobs_of(film)) for film in burst] == [1] * BURST
    assert [len(open_studio.gateway.about(film)) for film in burst] == [1] * BURST


def test_the_burst_is_answered_within_seconds(open_studio: Studio, burst: list[str], install: Path) -> None:
    seconds = sorted(call.seconds for film in burst for call in open_studio.gateway.about(film))
    p95 = statistics.quantiles(seconds, n=20)[-1]
    figures(install, answerMedianSeconds=statistics.median(seconds), answerP95Seconds=p95, answerMaxSeconds=seconds[-1])
    assert p95 < ANSWER_SECONDS, f"{seconds}; other work on this machine (load {os.getloadavg()[0]}) counts, too"


def test_no_execution_fails_without_a_cause(open_studio: Studio, burst: list[str]) -> None:
    open_studio.execution_about(burst[-1], "success")
    statuses = Counter(execution.status for execution in open_studio.executions())
    # Executions of the form wait until the answer page was viewed, or for 15 minutes.
    assert set(statuses) <= {"success", "waiting"}, statuses
    triggered = [execution for execution in open_studio.executions() if execution.mode == "trigger"]
    assert {execution.status for execution in triggered} == {"success"}
    assert open_studio.proxy.blocked == set()


def test_an_outage_of_a_minute_loses_nothing_and_repeats_nothing(
    open_studio: Studio, burst: list[str], install: Path
) -> None:
    studio = open_studio
    studio.row(burst[-1], "Completed")
    film = studio.film("outage.mp4")
    studio.gateway.failures[""] = OUTAGE
    try:
        films = [studio.drop(film, f"Outage {number}.mp4") for number in range(3)]
        eventually(lambda: studio.gateway.about(films[-1]) and studio.gateway.about(films[0]), POLL_SECONDS)
        began = min(studio.gateway.about(film)[0].at for film in films)
        eventually(lambda: time.time() - began > OUTAGE_SECONDS, OUTAGE_SECONDS + 10)
        assert studio.execution_about(films[0], "waiting").items("Submit to the pipeline") == []
    finally:
        studio.gateway.failures.clear()
    for each in films:
        studio.row(each, "Completed")
        assert [call.status for call in studio.gateway.about(each)][-1:] == [200]
        assert [call.status for call in studio.gateway.about(each)].count(200) == 1
        assert len(studio.jobs_of(each)) == 1
    figures(install, outageSeconds=max(studio.gateway.about(each)[-1].at for each in films) - began)
    execution = studio.execution_about(films[0], "success")
    assert len(execution.items("Accepted: queued")) == len(films)


def test_a_permanent_error_is_mailed_at_once(open_studio: Studio, burst: list[str]) -> None:
    studio = open_studio
    studio.gateway.failures[""] = WRONG_KEY
    try:
        film = studio.drop(studio.film("locked out.mp4"))
        execution = studio.execution_about(film, "error")
    finally:
        studio.gateway.failures.clear()
    assert execution.error is not None
    assert execution.error.startswith("Not submitted to the video pipeline: locked out.mp4 (")

    def about_it() -> EmailMessage | None:
        return next((mail for mail in studio.post.mails if "locked out.mp4" in mail.get_content()), None)

    mail = eventually(about_it, 60, "a mail that names the file")
    body = mail.get_content()
    assert mail["To"] == PRODUCER
    assert f"/executions/{execution.id}" in body
    # As the mail says: fix the cause, then submit the link.
    page = text_of(studio.submit(f"https://drive.google.com/file/d/{film}/view"))
    assert "locked out.mp4: accepted" in page
    studio.row(film, "Completed")


def test_a_permanent_error_does_not_stop_the_retries_of_other_files(open_studio: Studio, burst: list[str]) -> None:
    studio = open_studio
    film = studio.film("together.mp4")
    studio.gateway.failures.update({"Permanent.mp4": WRONG_KEY, "Passing.mp4": OUTAGE})
    try:
        permanent, passing = (studio.drop(film, name) for name in ("Permanent.mp4", "Passing.mp4"))
        eventually(lambda: studio.gateway.about(passing) and studio.gateway.about(permanent), 2 * POLL_SECONDS)
        del studio.gateway.failures["Passing.mp4"]
        studio.row(passing, "Completed")
        execution = studio.execution_about(permanent, "error")
    finally:
        studio.gateway.failures.clear()
    assert execution.error is not None
    assert "Permanent.mp4" in execution.error
    assert "Passing.mp4" not in execution.error
    assert len(studio.jobs_of(passing)) == 1
    assert len(studio.gateway.about(permanent)) == 1


def test_gives_up_after_five_retries(open_studio: Studio) -> None:
    """The same workflow, with shorter waits and a fixed file instead of its trigger."""
    file = {"id": "1GivenUpGivenUpGivenUpGivenUp0000", "name": "Given up.mp4", "mimeType": "video/mp4"}
    workflow = read_workflow(COMPRESS)
    begin = {"id": "begin", "name": "Begin", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1}
    for node in workflow["nodes"]:
        if node["name"] == TRIGGER:
            node.update(type="n8n-nodes-base.set", typeVersion=3.4, credentials={})
            node["parameters"] = {"mode": "raw", "jsonOutput": json.dumps(file)}
        if node["type"] == "n8n-nodes-base.wait":
            node["parameters"]["amount"] = "={{ 1 }}"
    workflow["nodes"].append({**begin, "position": [0, 0], "parameters": {}})
    workflow["connections"]["Begin"] = {"main": [[{"node": TRIGGER, "type": "main", "index": 0}]]}
    open_studio.n8n.import_documents("workflow", [{**workflow, "id": "shortWaits", "name": "Short waits"}])
    open_studio.gateway.failures["Given up.mp4"] = OUTAGE
    try:
        output = open_studio.n8n.command("execute", "--id=shortWaits", fails=True)
    finally:
        open_studio.gateway.failures.clear()
    assert "Not submitted to the video pipeline: Given up.mp4 (Service unavailable" in output
    assert len(open_studio.gateway.about(file["id"])) == 1 + 5


def test_a_failing_trigger_is_mailed_and_nothing_is_lost(open_studio: Studio, burst: list[str]) -> None:
    studio = open_studio
    drive = studio.environment.cloud.console_client.drive
    mails = len(studio.post.mails)
    film = studio.film("meanwhile.mp4")
    drive.fault("error", count=100, status=400, reason="invalid_grant", only="token")
    try:
        dropped = studio.drop(film)
        eventually(
            lambda: any("its trigger failed" in mail.get_content() for mail in studio.post.mails[mails:]),
            2 * POLL_SECONDS,
            "a mail about the trigger",
        )
    finally:
        drive.clear_faults()
    studio.execution_about(dropped, "success")
    studio.row(dropped, "Completed")


def test_each_film_is_processed_once_after_n8n_lost_its_last_poll_time(
    open_studio: Studio, first_day: dict[str, str], burst: list[str]
) -> None:
    studio = open_studio
    for film in burst:
        studio.row(film, "Completed")
    known, made = rows_by_name(studio), jobs_by_video(studio)
    done = {execution.id for execution in studio.executions()}
    studio.n8n.stop()
    studio.n8n.set_last_poll(studio.workflow, TRIGGER, "2020-01-01T00:00:00Z")
    studio.n8n.start()

    def submitted_again() -> Execution | None:
        found = [each for each in studio.executions() if each.id not in done and each.items("Submit to the pipeline")]
        return found[0] if found and found[0].status == "success" else None

    again = eventually(submitted_again, POLL_SECONDS + 60, "the whole folder submitted again")
    answers = {item["result"]["fileName"]: item["result"]["status"] for item in again.items("Submit to the pipeline")}
    assert [answers[f"Episode {number:02}.mp4"] for number in range(1, BURST + 1)] == ["duplicate"] * BURST
    assert (answers["Small.mp4"], answers["No film.mp4"]) == ("duplicate", "rejected")
    # What n8n gave up on before is accepted now; what was accepted is not accepted again.
    assert not {name for name, answer in answers.items() if answer == "accepted"} & known.keys()
    assert jobs_by_video(studio).items() >= made.items()
    assert rows_by_name(studio).items() >= known.items()


def jobs_by_video(studio: Studio) -> Counter[str]:
    """Return video -> number of jobs."""
    return Counter(
        job["userMetadata"]["VideoId"] for job in studio.environment.cloud.console_client.mediaconvert.jobs()
    )


def rows_by_name(studio: Studio) -> Counter[str]:
    """Return file name -> number of rows."""
    return Counter(row["File Name"] for row in studio.environment.rows())
