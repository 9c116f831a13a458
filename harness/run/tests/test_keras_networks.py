"""Nine networks by three routes to TVM 0.27: the compiler gives TensorFlow's scores by each."""

import pandas as pd
import pytest

from harness.testing import keras_networks as nets
from harness.testing import pretrained
from harness.testing.case_folder import make_models, run_cases
from harness.testing.tiny import write_image

ROUTES = ("relax", "relax-onnx", "relax-tflite")
PRETRAINED = (pretrained.NETWORK, pretrained.FOLDED)
NAMES = (*nets.SIDES, *PRETRAINED)
DEFAULT = ("MobileNetV2", pretrained.NETWORK)
"""Networks that run by TVM's default pipeline too: it is 70 times slower, so not all of them."""
PASSING = {
    "packed": ("match", "within_noise"),
    "default": ("match", "within_noise", "unnormalised"),
}
"""By pipeline: TVM's own sums the softmax of a thousand classes in one chain."""
TOP = "scopes = ['graph']\nrepeats = 1\n[model]\npath = '{name}.pb'\n[[images]]\n{image}\n"
PHOTO = "package = 'scikit-image'\nfile = 'skimage/data/chelsea.png'"
"""The photo of cases/roads.toml, so that what was built for that case is not built again."""

pytestmark = [
    pytest.mark.relax,
    pytest.mark.xdist_group("nets"),  # their one run is shared by all tests here
]


def _candidates(pipeline: str) -> str:
    keys = f"target = 'host'\npipeline = '{pipeline}'\n"
    return "".join(f"[[candidates]]\nstack = '{route}'\n{keys}" for route in ROUTES)


@pytest.fixture(scope="module")
def rows(relax_here: None, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Every network by every route, in one run with -n 2."""
    folder = tmp_path_factory.mktemp("nets")
    cases = folder / "cases"
    cases.mkdir()
    make_models(nets.__name__, cases, *nets.SIDES)
    for name in PRETRAINED:
        model = pretrained.network_file(name, folder).read_bytes()
        (cases / f"{name}.pb").write_bytes(model)
    write_image(cases / "photo.png", size=(320, 300))
    for name in NAMES:
        text = TOP.format(name=name, image=PHOTO)
        if name in nets.SIDES:
            text = TOP.format(name=name, image="path = 'photo.png'")
            text += f"[preprocess]\n{nets.preprocess(name)}"
        slow = _candidates("default") if name in DEFAULT else ""
        (cases / f"{name}.toml").write_text(text + _candidates("packed") + slow)
    return run_cases(folder)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", NAMES)
def test_the_compiler_gives_tensorflows_answer(rows: pd.DataFrame, name: str, route: str) -> None:
    found = rows[(rows.case == f"cases/{name}") & (rows["stack"] == route)]
    assert len(found) == (2 if name in DEFAULT else 1)
    for row in found.itertuples():
        assert row.status in PASSING[str(row.pipeline)], f"{row.candidate}: {row.reason}"


def test_the_scores_are_worth_comparing(rows: pd.DataFrame) -> None:
    """Random weights that give every class the same score would agree with anything."""
    scores = rows.reference_score.astype(float)
    assert ((scores > 0.01) & (scores < 0.99)).all()
