"""The main job on a GPU: TensorFlow on the CPU against kernels that TVM 0.27 compiled for CUDA.

Skipped where TVM sees no CUDA device. CI has none; docs/measured.md, "CUDA", says where they ran.
"""

from typing import TYPE_CHECKING

import pytest

from harness.execution.stack_descriptions import StackDescriptions
from harness.execution.worker_call import CallLimits
from harness.execution.worker_pool import WorkerPool
from harness.stacks.registry import stack_named
from harness.testing.case_folder import run_cases

if TYPE_CHECKING:
    from pandas import DataFrame

pytestmark = [pytest.mark.gpu, pytest.mark.relax, pytest.mark.xdist_group("gpu")]

CASE = """\
[model]
zoo = "efficientnet-lite0"

[[images]]
package = "scikit-image"
file = "skimage/data/chelsea.png"

[[images]]
package = "scikit-image"
file = "skimage/data/coffee.png"

[[candidates]]
stack = "relax"
target = "cuda"

[[candidates]]
stack = "relax"
target = "host"

[[candidates]]
stack = "relax"
target = "cuda"
pipeline = "packed"
"""


@pytest.fixture(scope="module")
def architecture(relax_here: None) -> str:
    """Target string of this machine's CUDA device; skips where TVM sees none."""
    workers = WorkerPool()
    try:
        found = StackDescriptions(workers).get(stack_named("relax"), CallLimits(300, 16))
    finally:
        workers.close()
    target = found["devices"]["cuda"]
    if not target:
        pytest.skip("TVM 0.27 sees no CUDA device here")
    return target


@pytest.fixture(scope="module")
def rows(architecture: str, tmp_path_factory: pytest.TempPathFactory) -> "DataFrame":
    """The rows of CASE."""
    folder = tmp_path_factory.mktemp("gpu")
    (folder / "cases").mkdir()
    (folder / "cases" / "gpu.toml").write_text(CASE, encoding="utf-8")
    return run_cases(folder)


def test_a_gpu_gives_tensorflows_answer(rows: "DataFrame", architecture: str) -> None:
    found = rows[rows.candidate == "relax-cuda"]
    assert list(found.scope) == ["graph", "end_to_end"] * 2
    assert set(found.status) <= {"match", "within_noise", "tie"}, list(found.reason)
    assert set(found.target) == {architecture}
    assert (found.classes == 1000).all()


def test_fast_math_is_said_of_the_gpu_alone(rows: "DataFrame") -> None:
    said = rows.notes.str.contains("--use_fast_math", regex=False)
    assert set(rows.candidate[said]) == {"relax-cuda"}
    assert said[rows.candidate == "relax-cuda"].all()


def test_the_cpu_pipeline_is_refused_for_a_gpu(rows: "DataFrame") -> None:
    found = rows[rows.candidate.str.contains("packed")]
    assert set(found.status) == {"optimize_failed"}
    assert found.reason.str.contains("makes code for CPUs").all()
