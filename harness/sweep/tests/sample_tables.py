"""Tables of a sweep with made-up rows, in the columns and types of real ones."""

from typing import Any

import numpy as np
import pandas as pd

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
    truth = random.integers(0, 1000, images)
    first = np.where(random.random(images) < 0.75, truth, random.integers(0, 1000, images))
    flipped = random.random(images) < (0.0015 if scope == "graph" else 0.01)
    other = (first + random.integers(1, 4, images)) % 1000
    other = np.where((first != truth) & (random.random(images) < 0.5), truth, other)
    second = np.where(flipped, other, first)
    tied = flipped & (random.random(images) < 0.4)
    centre = 3e-7 if scope == "graph" else 8e-3
    size = np.minimum(random.lognormal(np.log(centre), 0.9, images), 0.6)
    score = random.beta(3, 1.2, images)
    moved = np.clip(score + size * random.uniform(-1, 1, images), 0, 1) - score
    sample = random.random(images) < min(1.0, 500 / images)
    effects = {
        f"{step}_effect": np.where(sample & (scope != "graph"), moved * part, np.nan)
        for step, part in (("decode", 0.6), ("resize", 0.38), ("import", 0.01), ("optimize", 0.01))
    }
    status = np.where(flipped & ~tied, "mismatch", np.where(tied, "tie", "match"))
    lists = {
        "candidate_topk": np.stack([second, first], axis=1),
        "candidate_topk_scores": np.stack([score + moved, (1 - score) / 2], axis=1),
    }
    table = compared(
        images,
        **{**NAMES, "scope": scope, **names},
        **effects,
        **lists,
        status=status,
        true_class=truth,
        top1_class=first,
        candidate_top1_class=second,
        top1_equal=~flipped,
        topk_order_equal=~flipped & (random.random(images) > 0.01),
        order_agrees=~flipped | tied,
        reference_score=score,
        candidate_score=np.where(flipped, score - 0.05, score + moved),
        divergence=moved,
        max_abs=size,
        atol_needed=size * 0.9,
        error_ratio=np.where(sample, random.uniform(0.2, 2, images), np.nan),
        closer_look=np.where(sample, "sample", np.where(flipped, "status", "")),
        reason=np.where(flipped, "the top-1 class differs and no near-tie explains it", ""),
        reference_version="2.21.0",
        candidate_version="0.19.0",
    )
    gone = max(1, images // 2000)
    dead = failed(gone, reason="the worker process died (SIGSEGV)", stage="run", **NAMES)
    return pd.concat([table, dead.assign(scope=scope, **names)], ignore_index=True)
