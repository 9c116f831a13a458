"""The campaign on real TensorFlow and TVM: one run of hostile images, models and targets."""

from collections.abc import Iterator

import pytest

from harness.testing.campaign import real
from harness.testing.campaign.fault import Ended, hold_always
from harness.testing.campaign.runner import CampaignRunner

STACKS = {"relay": "stack = 'relay'\nlayout = 'NCHW'", "relax": "stack = 'relax'"}
PARAMS = [
    pytest.param(name, marks=[getattr(pytest.mark, name), pytest.mark.xdist_group(f"real {name}")])
    for name in STACKS
]


@pytest.fixture(scope="session", params=PARAMS)
def stack(request: pytest.FixtureRequest) -> str:
    """Which TVM is under test; skips where it is not installed."""
    request.getfixturevalue(f"{request.param}_here")
    return str(request.param)


@pytest.fixture(scope="session")
def together(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """The run of all."""
    with CampaignRunner(tmp_path_factory.mktemp("campaign")) as campaign:
        yield campaign.run(real.together(STACKS[stack]))


@pytest.mark.tensorflow
@pytest.mark.parametrize("picture", real.PICTURES, ids=lambda picture: picture.file)
def test_picture(together: Ended, picture: real.RealPicture) -> None:
    real.hold(together.rows_of(image=picture.file), picture)


@pytest.mark.tensorflow
@pytest.mark.parametrize("model", real.MODELS, ids=lambda model: model.name)
def test_model(together: Ended, model: real.RealModel) -> None:
    real.hold(together.rows_of(case=f"cases/{model.name}"), model)


@pytest.mark.tensorflow
@pytest.mark.parametrize("target", real.TARGETS, ids=lambda target: target.name)
def test_target(together: Ended, stack: str, target: real.RealTarget) -> None:
    real.hold(together.rows_of(candidate=target.name), target.on(stack))


@pytest.mark.tensorflow
def test_nothing_is_lost(together: Ended) -> None:
    hold_always(together, cpu_s=60, rss=real.RSS)
    assert together.code == 1
    keys = {(row["case"], row["image"], row["candidate"], row["scope"]) for row in together.rows}
    tasks = len(real.PICTURES) + len(real.MODELS) + len(real.TARGETS)
    assert len(keys) == len(together.rows) == 2 * tasks
