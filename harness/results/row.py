"""`Row`: the table of a run. CSV header, HTML columns and payload derive from its fields."""

from harness.results.status import Status
from harness.results.table import NAN, Number, TableRow

SCHEMA_VERSION = 3
"""Version of the columns of rows.csv, topk.csv and published.csv, written to run.json and Parquet.

Raise it by one where a column of `Row`, `TopkRow` or `ExpectedRow` is removed or renamed, or where
its type, unit or meaning changes, and say in CHANGELOG.md what changed. A new column does not
raise it: a reader that takes columns by name does not notice.

1: the first. 2: `case` is the path of the case file, no longer its stem.
"""


class Row(TableRow):
    """The outcome of one (case, image, candidate, scope)."""

    case: str
    """Path of the case file from pytest's rootdir, without its suffix, as in the node id; or
    `check`."""
    image: str
    """Name of the image, unique within its case."""
    candidate: str
    """Id of the candidate, for example `relay-llvm-nchw`."""
    scope: str
    """`graph`: both programs got the same tensor. `end_to_end`: both got the same file."""
    status: Status
    """One of the statuses; passing, failing or skipped."""
    reason: str = ""
    """One sentence: why the status is what it is."""
    rule: str = ""
    """The rule that decided, with the numbers it used."""
    known_failure: str = ""
    """Reason given in the case file for a failure that is expected; empty where none is."""
    notes: str = ""
    """Remarks that did not decide, separated by `; `."""

    stack: str = ""
    """How the candidate was made: relay, relax-onnx, …"""
    target: str = ""
    """Target that the candidate was compiled for; `host` is resolved to this machine's own. Empty,
    as layout, opt_level and pipeline, for a program that compiles nothing."""
    layout: str = ""
    """Layout the importer was asked for: NCHW, NHWC, or empty for the graph's own."""
    opt_level: int | None = None
    """Optimisation level that the candidate was compiled at, 0 to 4."""
    stage: str = ""
    """Where the candidate failed: convert, import, optimize, build or run; empty where it did not
    fail, or was never started."""
    pipeline: str = ""
    """The stack's own passes (`default`), or `packed`, the harness's for CPUs."""
    precision: str = ""
    """Format of most of the candidate's results, such as float32, float16 or int8."""
    model_sha256: str = ""
    """SHA-256 of the reference's model file."""
    candidate_model_sha256: str = ""
    """SHA-256 of the model file the candidate was compiled from."""
    image_sha256: str = ""
    """SHA-256 of the image file."""
    input_shape: str = ""
    """Shape of the tensor the candidate was given, for example `299x299x3`."""

    classes: int | None = None
    """Length of the score vectors."""
    k: int | None = None
    """How many of the top classes were compared in order."""
    top1_class: int | None = None
    """The reference's top-1 class index."""
    top1_label: str = ""
    """Its name."""
    reference_score: Number = NAN
    """The reference's score of its own top-1 class."""
    candidate_score: Number = NAN
    """The candidate's score of that same class."""
    divergence: Number = NAN
    """candidate_score minus reference_score."""
    candidate_top1_class: int | None = None
    """The candidate's top-1 class index."""
    candidate_top1_label: str = ""
    """Its name."""
    top1_equal: bool | None = None
    """Whether both programs have the same top-1 class."""
    topk_overlap: Number = NAN
    """Share of the reference's top-k classes that the candidate's top-k holds too, 0 to 1."""
    topk_order_equal: bool | None = None
    """Whether the two top-k lists are the same, rank by rank."""
    first_disagreement_rank: int | None = None
    """First rank, from 1, at which the lists differ; empty where none does."""
    near_ties: int | None = None
    """Neighbouring pairs in the reference's top k+1 whose scores differ by at most near_tie."""
    inversions: int | None = None
    """Class pairs touching a top-k list that the two programs order differently."""
    flips: int | None = None
    """Those inversions whose reference scores differ by more than near_tie."""

    order_agrees: bool | None = None
    """Whether the top-k order is the same once near-ties are set aside."""
    margin: Number = NAN
    """The reference's top-1 score minus its top-2: a change so large can alter the top-1 class."""
    margin_over_noise: Number = NAN
    """margin over noise: where it is small, the top-1 class may alter though the row passes."""

    max_abs: Number = NAN
    """Largest |candidate − reference| over all classes."""
    max_abs_class: int | None = None
    """The class it belongs to."""
    max_abs_scaled: Number = NAN
    """max_abs over the largest |reference|."""
    max_rel: Number = NAN
    """Largest |candidate − reference| / |reference| over classes with |reference| ≥ 1e-7."""
    topk_max_abs: Number = NAN
    """max_abs over the classes of either top-k list alone."""
    rmse: Number = NAN
    """Root of the mean squared difference."""
    kl: Number = NAN
    """Kullback–Leibler divergence of candidate from reference, in nats; only for distributions."""
    cosine: Number = NAN
    """Cosine of the angle between the two score vectors."""
    max_ulp: Number = NAN
    """Largest distance in units in the last place over classes with |reference| ≥ 1e-7."""
    atol: Number = NAN
    """Absolute tolerance that was applied."""
    rtol: Number = NAN
    """Relative tolerance that was applied."""
    near_tie: Number = NAN
    """Reference score gap up to which a swapped order is excused."""
    atol_needed: Number = NAN
    """Smallest atol with which the scores would have passed under the row's rtol."""
    rtol_needed: Number = NAN
    """Smallest rtol with which the scores would have passed under the row's atol."""
    reference_nonfinite: int | None = None
    """How many of the reference's scores are NaN or infinite."""
    candidate_nonfinite: int | None = None
    """How many of the candidate's scores are NaN or infinite."""

    noise: Number = NAN
    """Largest movement of a reference score when sums round at random, on the same tensor."""
    reference_error: Number = NAN
    """RMSE of the reference's scores against float64 truth, on the candidate's tensor."""
    candidate_error: Number = NAN
    """RMSE of the candidate's scores against the same truth."""
    error_ratio: Number = NAN
    """The candidate's distance from the truth over what rounding may do: up to 3 passes."""
    reference_error_max: Number = NAN
    """Largest |reference − truth|."""
    candidate_error_max: Number = NAN
    """Largest |candidate − truth|."""

    decode_effect: Number = NAN
    """Part of divergence made by replacing the reference's decoder with the deployed one."""
    resize_effect: Number = NAN
    """Part made by replacing the reference's steps between decoded pixels and tensor with the
    deployed ones; of these only the resize is another."""
    import_effect: Number = NAN
    """Part made by replacing the reference, or the converted model, with the candidate's stack at
    opt_level 0."""
    optimize_effect: Number = NAN
    """Part made by the candidate's own build; 0 where its stack compiles nothing. The parts that a
    row has, those of the last columns too, add up to divergence."""
    moved_class: int | None = None
    """The class whose score differs most end to end; the moved_ parts are of it."""
    moved_label: str = ""
    """Its name."""
    moved_decode_effect: Number = NAN
    """As decode_effect."""
    moved_resize_effect: Number = NAN
    """As resize_effect."""
    moved_import_effect: Number = NAN
    """As import_effect."""
    moved_optimize_effect: Number = NAN
    """As optimize_effect."""
    explanation: str = ""
    """Which step contributes most to the divergence, in a sentence."""

    reference_ms: Number = NAN
    """Median time of one reference run after a warm-up, milliseconds."""
    candidate_ms: Number = NAN
    """Median time of one candidate run after a warm-up, milliseconds."""
    convert_s: Number = NAN
    """Seconds from GraphDef to ONNX or TFLite when it was made; kept with the cached build."""
    import_s: Number = NAN
    """Seconds of the import into the compiler; kept likewise."""
    optimize_s: Number = NAN
    """Seconds of the passes, where they are a step of their own; kept likewise."""
    build_s: Number = NAN
    """Seconds of the build; kept likewise."""
    cache: str = ""
    """`built` or `hit`: whether this row's candidate was compiled by this run."""
    reference_version: str = ""
    """Version of the reference program."""
    candidate_version: str = ""
    """Version of the program under test; in a skipped row, the one that could not be had."""
    reference_program: str = ""
    """Name of the program that gave the reference's scores, for people."""
    candidate_program: str = ""
    """Name of the program under test, for people."""
    log: str = ""
    """Path, from the run folder, of what the worker process of a failing row printed; empty where
    nothing is kept."""
    model: str = ""
    """The reference's model file as the case names it."""
    run_id: str = ""
    """Name of the folder of the run that made the row; empty where none was written."""
    run_started: str = ""
    """When that run began: ISO 8601, UTC."""
    commit: str = ""
    """Git commit of the folder that run was started in; empty outside a repository."""

    convert_effect: Number = NAN
    """Part of divergence made by replacing the reference with the converted model, run by the
    program that defines its format; empty where the stack converts nothing, or that failed."""
    convert_and_import_effect: Number = NAN
    """Part made by both steps together, where the converted model can't be run by itself;
    convert_effect and import_effect are empty then."""
    moved_convert_effect: Number = NAN
    """As convert_effect."""
    moved_convert_and_import_effect: Number = NAN
    """As convert_and_import_effect."""
    log_error: Number = NAN
    """Largest difference of the logarithms of two scores of one class, normalisation apart, of a
    distribution: the relative change of its odds."""
    log_noise: Number = NAN
    """The same between the reference and itself with its sums rounded at random."""
    reference_log_error: Number = NAN
    """The same between float64 truth and the reference."""
    candidate_log_error: Number = NAN
    """The same between float64 truth and the candidate."""
    normalisation: Number = NAN
    """Logarithm of the sum of the candidate's scores over that of the reference's."""
    odds_change: Number = NAN
    """Largest relative change of the odds of one class against another."""
    odds_class: int | None = None
    """The class whose odds rose."""
    odds_against_class: int | None = None
    """The class that they rose against."""
    noise_rmse: Number = NAN
    """Root mean square of the movement behind `noise`."""
    located_node: str = ""
    """The graph's node whose kernel errs by more than rounding explains; several by commas."""
    located_op: str = ""
    """Its operation; in the order of located_node."""
    located_local_error: Number = NAN
    """Largest relative error of the kernel on the reference's own tensors."""
    located_share: Number = NAN
    """Share of the divergence that is gone where that kernel's output is right, up to 1."""
    preprocessing: str = ""
    """What the deployed program did to the image file, step by step: decoder, resizes, crops,
    channels and arithmetic, in the words of a case file's `steps`."""
