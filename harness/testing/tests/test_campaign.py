"""The campaign on the fake programs: every fault ends as its table says, and costs little."""

from collections.abc import Iterator, Sequence

import pytest

from harness.testing.campaign import (
    album,
    captures,
    case_files,
    command_lines,
    environment,
    file_models,
    images,
    journals,
    labels,
    models,
    processes,
    sweeps,
)
from harness.testing.campaign.fault import (
    CPU_S,
    CampaignFault,
    Ended,
    NotCollected,
    Picture,
    hold_always,
    hold_rows,
)
from harness.testing.campaign.runner import CampaignRunner

DOMAINS: dict[str, Sequence[CampaignFault]] = {
    "models": models.FAULTS,
    "file models": file_models.FAULTS,
    "images": images.FAULTS,
    "labels": labels.FAULTS,
    "case files": case_files.FAULTS,
    "captures": captures.FAULTS,
    "journals": journals.FAULTS,
    "environment": environment.FAULTS,
    "processes": processes.FAULTS,
    "command lines": command_lines.FAULTS,
    "sweeps": sweeps.FAULTS,
}
START_S = 60
"""Seconds of processor time of a new interpreter, the fake programs and their workers."""
LEAST = 300
"""Faults that the campaign has at least, those with real programs aside."""


@pytest.fixture(scope="session")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CampaignRunner]:
    """The warm server of this test process."""
    with CampaignRunner(tmp_path_factory.mktemp("campaign")) as running:
        yield running


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=ascii(f"{domain}: {fault.name}"))
        for domain, faults in DOMAINS.items()
        for fault in faults
    ],
)
def test_fault(
    campaign: CampaignRunner, fault: CampaignFault, request: pytest.FixtureRequest
) -> None:
    if fault in file_models.FAULTS:
        request.getfixturevalue("file_programs_here")
    ended = campaign.run(fault)
    # The figures of a new interpreter hold its start and all that it started.
    hold_always(ended, cpu_s=START_S if fault.run.how == "program" else CPU_S)
    fault.expected.hold(ended)


def test_there_are_enough_faults_and_each_has_a_name_of_its_own() -> None:
    names = [(domain, fault.name) for domain, faults in DOMAINS.items() for fault in faults]
    assert len(set(names)) == len(names)
    shared = len(album.PICTURES) + len(models.UNUSABLE) + len(case_files.WRONG)
    assert len(names) + shared >= LEAST


@pytest.fixture(scope="session")
def pictures(campaign: CampaignRunner) -> Ended:
    """The run of one case that has every picture."""
    return campaign.run(album.ALBUM)


@pytest.fixture(scope="session")
def damaged(campaign: CampaignRunner) -> Ended:
    """The run of a case file for each model that can't be used."""
    return campaign.run(models.TOGETHER)


@pytest.fixture(scope="session")
def refused_cases(campaign: CampaignRunner) -> Ended:
    """The run of every case file that is refused."""
    return campaign.run(case_files.TOGETHER)


@pytest.mark.xdist_group("campaign: case files")
@pytest.mark.parametrize("name", case_files.WRONG)
def test_case_file(refused_cases: Ended, name: str) -> None:
    _, words = case_files.WRONG[name]
    NotCollected(words).hold_file(refused_cases, case_files.file_name(name))


@pytest.mark.xdist_group("campaign: case files")
def test_no_case_file_is_collected(refused_cases: Ended) -> None:
    hold_always(refused_cases, cpu_s=30)
    case_files.TOGETHER.expected.hold(refused_cases)
    assert len(refused_cases.not_collected()) == len(case_files.WRONG)
    assert refused_cases.rows == ()


@pytest.mark.xdist_group("campaign: pictures")
@pytest.mark.parametrize("picture", album.PICTURES, ids=lambda picture: picture.file)
def test_picture(pictures: Ended, picture: Picture) -> None:
    hold_rows(pictures.rows_of(image=picture.file), picture.status, picture.words)


@pytest.mark.xdist_group("campaign: pictures")
def test_no_picture_is_lost(pictures: Ended) -> None:
    hold_always(pictures, cpu_s=20)
    album.ALBUM.expected.hold(pictures)
    assert len(pictures.rows) == 2 * len(album.PICTURES)


@pytest.mark.xdist_group("campaign: models")
@pytest.mark.parametrize("name", models.UNUSABLE)
def test_under_pytest_a_model_that_can_t_be_used_fails_its_rows(damaged: Ended, name: str) -> None:
    _, words = models.UNUSABLE[name]
    hold_rows(damaged.rows_of(case=f"cases/{models.file_name(name)}"), "reference_failed", (words,))


@pytest.mark.xdist_group("campaign: models")
def test_no_model_is_lost(damaged: Ended) -> None:
    hold_always(damaged, cpu_s=60)
    models.TOGETHER.expected.hold(damaged)
