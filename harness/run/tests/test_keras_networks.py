"""Nine networks by three routes to TVM 0.27: the compiler gives TensorFlow's scores by each."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from harness.testing import keras_networks as nets
from harness.testing import pretrained
from harness.testing.case_folder import make_models, run_cases
from harness.testing.tiny import write_image

OWN, *CONVERTERS = ROUTES = ("relax", "relax-onnx", "relax-tflite")
Routes = tuple[str, ...]
PRETRAINED = (pretrained.NETWORK, pretrained.FOLDED)
NAMES = (*nets.NETWORKS, *PRETRAINED)
DEFAULT = ("MobileNetV2", pretrained.NETWORK)
"""Networks that always go by every route, and by TVM's default pipeline too: it is 70 times slower,
so not all of them. The others go by the converters where slow tests run: 16 builds, 9 minutes."""
RARE = ("NASNetMobile", "Xception")
"""Networks that go by no route but where slow tests run: what they are made of others have, too."""
ALWAYS = {name: ROUTES if name in DEFAULT else (OWN,) for name in NAMES if name not in RARE}
SLOW = {
    name: ROUTES if name in RARE else tuple(CONVERTERS) for name in NAMES if name not in DEFAULT
}
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


def _candidates(routes: Routes, pipeline: str) -> str:
    keys = f"target = 'host'\npipeline = '{pipeline}'\n"
    return "".join(f"[[candidates]]\nstack = '{route}'\n{keys}" for route in routes)


def _rows(folder: Path, chosen: Mapping[str, Routes]) -> pd.DataFrame:
    """The networks by the routes chosen for each, in one run with -n 2."""
    cases = folder / "cases"
    cases.mkdir()
    make_models(nets.__name__, cases, *(name for name in nets.NETWORKS if name in chosen))
    for name in set(PRETRAINED) & set(chosen):
        model = pretrained.network_file(name, folder).read_bytes()
        (cases / f"{name}.pb").write_bytes(model)
    write_image(cases / "photo.png", size=(320, 300))
    for name, routes in chosen.items():
        text = TOP.format(name=name, image=PHOTO)
        if name in nets.NETWORKS:
            text = TOP.format(name=name, image="path = 'photo.png'")
            text += f"[preprocess]\n{nets.preprocess(name)}"
        default = _candidates(routes, "default") if name in DEFAULT else ""
        (cases / f"{name}.toml").write_text(text + _candidates(routes, "packed") + default)
    return run_cases(folder)


@pytest.fixture(scope="module")
def rows(relax_here: None, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The rows of ALWAYS."""
    return _rows(tmp_path_factory.mktemp("nets"), ALWAYS)


@pytest.fixture(scope="module")
def slow_rows(relax_here: None, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The rows of SLOW."""
    return _rows(tmp_path_factory.mktemp("nets"), SLOW)


def _pairs(chosen: Mapping[str, Routes]) -> list[tuple[str, str]]:
    return [(name, route) for name, routes in chosen.items() for route in routes]


@pytest.mark.parametrize(("name", "route"), _pairs(ALWAYS))
def test_the_compiler_gives_tensorflows_answer(rows: pd.DataFrame, name: str, route: str) -> None:
    _require_tensorflows_answer(rows, name, route)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "route"), _pairs(SLOW))
def test_every_converter_gives_tensorflows_answer(
    slow_rows: pd.DataFrame, name: str, route: str
) -> None:
    _require_tensorflows_answer(slow_rows, name, route)


def _require_tensorflows_answer(rows: pd.DataFrame, name: str, route: str) -> None:
    found = rows[(rows.case == f"cases/{name}") & (rows["stack"] == route)]
    assert len(found) == (2 if name in DEFAULT else 1)
    for row in found.itertuples():
        assert row.status in PASSING[str(row.pipeline)], f"{row.candidate}: {row.reason}"


def test_the_scores_are_worth_comparing(rows: pd.DataFrame) -> None:
    """Random weights that give every class the same score would agree with anything."""
    scores = rows.reference_score.astype(float)
    assert ((scores > 0.01) & (scores < 0.99)).all()
