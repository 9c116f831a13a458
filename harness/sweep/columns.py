"""The columns of a sweep's Parquet parts: those of `Row` that make sense at scale, and its own."""

from collections.abc import Mapping

from harness.results.row import Row

SWEEP_SCHEMA_VERSION = 1
"""Version of the columns; raised with every change of a name, a type or a meaning."""

ROW_COLUMNS = (
    *("case", "image", "candidate", "scope", "status", "reason", "rule", "known_failure", "stage"),
    *("model_sha256", "candidate_model_sha256", "image_sha256", "classes", "k"),
    *("top1_class", "candidate_top1_class", "reference_score", "candidate_score", "divergence"),
    *("top1_equal", "topk_overlap", "topk_order_equal", "order_agrees", "near_ties"),
    *("max_abs", "rmse", "atol_needed", "log_error", "noise", "error_ratio"),
    *("decode_effect", "resize_effect", "convert_effect", "import_effect", "optimize_effect"),
    *("reference_version", "candidate_version"),
)
"""Columns of `Row`, with their types and meanings there."""

OWN_COLUMNS: Mapping[str, tuple[type, str]] = {
    "true_class": (int, "Index of the true class, as the source of the images gives it."),
    "closer_look": (
        str,
        "Why the image went through the ordinary pipeline too: `status`, `worst` or `sample`.",
    ),
    "settings_key": (
        str,
        "The same for rows that depend on the same model, candidate, case and versions.",
    ),
    "thumbnail": (str, "A small picture as a data: URI, of images that were looked at closely."),
}
"""Columns of a value that `Row` has not: type and meaning."""

LIST_COLUMNS: Mapping[str, tuple[type, str]] = {
    "reference_topk": (int, "The reference's top-k classes, best first."),
    "reference_topk_scores": (float, "Its scores of those classes."),
    "candidate_topk": (int, "The candidate's top-k classes, best first."),
    "candidate_topk_scores": (float, "Its scores of those classes."),
}
"""Columns of a list of values: type of a value and meaning. Empty where nothing was compared."""


def meanings() -> dict[str, str]:
    """Column name to its meaning, in the order of the columns."""
    of_row = Row.meanings()
    own = {name: text for name, (_, text) in {**OWN_COLUMNS, **LIST_COLUMNS}.items()}
    return {name: of_row[name] for name in ROW_COLUMNS} | own
