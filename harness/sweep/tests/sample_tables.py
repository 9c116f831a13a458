"""Tables of a sweep with made-up rows, in the columns and types of real ones."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.results.row import Row
from harness.results.table import COLUMN_TYPES
from harness.sweep.columns import LIST_COLUMNS, OWN_COLUMNS, ROW_COLUMNS, meanings

NAMES = {"case": "cases/tiny", "candidate": "relay-host-nchw", "scope": "graph"}
TEXTS = ("reason", "rule", "known_failure", "stage", "closer_look")


def typed(columns: dict[str, Any], rows: int) -> pd.DataFrame:
    """A table of some columns; the others are absent values of their types."""
    types = {name: Row.column_types()[name] for name in ROW_COLUMNS}
    types |= {name: kind for name, (kind, _) in OWN_COLUMNS.items()}
    filled = {**NAMES, "status": "match", **dict.fromkeys(TEXTS, ""), **columns}
    filled.setdefault("image", [f"image-{number:06d}.jpg" for number in range(rows)])
    series: dict[str, pd.Series[Any]] = {}
    for name in meanings():
        if name in LIST_COLUMNS:
            lists = filled.get(name, [np.array([])] * rows)
            series[name] = pd.Series(list(lists), dtype=object)
        else:
            dtype: Any = COLUMN_TYPES[types[name]].pandas
            value = filled.get(name, np.nan if dtype == "float64" else None)
            series[name] = pd.Series(value, index=range(rows), dtype=dtype)
    return pd.DataFrame(series)


def compared(rows: int, **columns: Any) -> pd.DataFrame:
    """Rows in which both programs gave the same answer, class 0, unless columns say otherwise."""
    same = {"top1_class": 0, "candidate_top1_class": 0, "top1_equal": True, "order_agrees": True}
    scores = {"reference_score": 0.5, "candidate_score": 0.5, "divergence": 0.0}
    figures = {"topk_order_equal": True, "max_abs": 1e-7, "atol_needed": 1e-7}
    return typed({**same, **scores, **figures, **columns}, rows)


def failed(rows: int, status: str = "crashed", **columns: Any) -> pd.DataFrame:
    """Rows in which nothing was compared."""
    names = [f"failed-{number:06d}.jpg" for number in range(rows)]
    return typed({"image": names, "status": status, "reason": "it died", **columns}, rows)


def mixed(images: int, seed: int = 0, scope: str = "graph", **names: str) -> pd.DataFrame:
    """Images of 1000 classes with flips, near-ties, crashes, a sample and known true classes."""
    random = np.random.default_rng(seed)
    answers, flipped = _answers(random, images, 0.0015 if scope == "graph" else 0.01)
    tied = flipped & (random.random(images) < 0.4)
    sample = random.random(images) < min(1.0, 500 / images)
    scores = _scores(random, images, 3e-7 if scope == "graph" else 8e-3)
    moved = scores["divergence"]
    parts = {"decode": 0.6, "resize": 0.38, "import": 0.01, "optimize": 0.01}
    effects = {
        f"{step}_effect": np.where(sample & (scope != "graph"), moved * part, np.nan)
        for step, part in parts.items()
    }
    best = np.stack([scores["candidate_score"], scores["candidate_score"] / 2], axis=1)
    second = answers["candidate_top1_class"]
    columns = {**NAMES, **answers, **scores, **effects, "scope": scope, **names}
    table = compared(
        images,
        **columns,
        candidate_topk=np.stack([second, answers["top1_class"]], axis=1),
        candidate_topk_scores=best,
        status=np.where(flipped & ~tied, "mismatch", np.where(tied, "tie", "match")),
        top1_equal=~flipped,
        topk_order_equal=~flipped & (random.random(images) > 0.01),
        order_agrees=~flipped | tied,
        error_ratio=np.where(sample, random.uniform(0.2, 2, images), np.nan),
        closer_look=np.where(sample, "sample", np.where(flipped, "status", "")),
        reason=np.where(flipped, "the top-1 class differs and no near-tie explains it", ""),
    )
    about = {**NAMES, "scope": scope, **names}
    dead = failed(
        max(1, images // 2000), reason="the worker process died (SIGSEGV)", stage="run", **about
    )
    return pd.concat([table, dead], ignore_index=True)


def _answers(
    random: np.random.Generator, images: int, rate: float
) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.bool_]]:
    """True classes and both programs' answers, and where these differ."""
    truth = random.integers(0, 1000, images)
    first = np.where(random.random(images) < 0.75, truth, random.integers(0, 1000, images))
    flipped = random.random(images) < rate
    other = (first + random.integers(1, 4, images)) % 1000
    other = np.where((first != truth) & (random.random(images) < 0.5), truth, other)
    second = np.where(flipped, other, first)
    return {"true_class": truth, "top1_class": first, "candidate_top1_class": second}, flipped


def _scores(
    random: np.random.Generator, images: int, centre: float
) -> dict[str, NDArray[np.float64]]:
    """Scores of the reference's top-1 class, and figures, whose max_abs has that median."""
    size = np.minimum(random.lognormal(np.log(centre), 0.9, images), 0.6)
    score = random.beta(3, 1.2, images)
    moved = np.clip(score + size * random.uniform(-1, 1, images), 0, 1) - score
    return {
        "reference_score": score,
        "candidate_score": score + moved,
        "divergence": moved,
        "max_abs": size,
        "atol_needed": size * 0.9,
    }
