"""Several images, one verdict."""

from dataclasses import replace

from harness.locate.evidence import ImageEvidence, KernelEvidence
from harness.locate.node_facts import NodeFacts
from harness.locate.payload import payload
from harness.locate.rule import TensorError
from harness.locate.verdict import localisation, no_localisation
from harness.results.json_array import as_json

SMALL = TensorError(1e-7, 1e-8)
NODES = {name: NodeFacts(name, "Conv2D", {"padding": "SAME"}) for name in ("conv", "late")}


def kernel(name: str, number: int, excess: float) -> KernelEvidence:
    return KernelEvidence(
        kernel=f"fused_{name}",
        number=number,
        joined=(),
        tensor=f"{name}:0",
        nodes=(name,),
        shape=(1, 8),
        layout="",
        by_value=True,
        propagated=SMALL,
        reference_propagated=SMALL,
        local=SMALL,
        reference_local=SMALL,
        explained=SMALL,
        excess=excess,
    )


def evidence(image: str, conv: float = 0.1, late: float = 0.1) -> ImageEvidence:
    kernels = (kernel("conv", 0, conv), kernel("late", 1, late))
    return ImageEvidence(image, True, 1e-7, kernels, (), 2, 2, 0, ())


def test_a_program_whose_errors_are_explained_is_clean() -> None:
    found = localisation("relax", [evidence("a"), evidence("b")], NODES)
    assert (found.status, found.findings) == ("clean", ())


def test_a_kernel_that_is_wrong_on_one_image_is_named_with_its_worst() -> None:
    found = localisation("relax", [evidence("a"), evidence("b", conv=7), evidence("c")], NODES)
    (one,) = found.findings
    assert (one.nodes, one.image, one.images) == ((NODES["conv"],), "b", 1)
    assert found.status == "faulty"
    assert "conv" in found.reason


def test_all_faults_are_named_in_running_order() -> None:
    found = localisation("relax", [evidence("a", late=3), evidence("b", conv=2, late=9)], NODES)
    assert [one.worst.tensor for one in found.findings] == ["conv:0", "late:0"]
    assert found.findings[1].images == 2


def test_a_program_that_watching_changes_is_judged_by_nothing() -> None:
    changed = replace(evidence("a", conv=7), same_bits=False)
    found = localisation("relax", [changed], NODES)
    assert (found.status, found.findings) == ("inconclusive", ())


def test_what_was_not_checked_is_no_pass() -> None:
    found = localisation("relax", [replace(evidence("a"), unchecked=("late",))], NODES)
    assert found.status == "incomplete"
    other = localisation("relax", [replace(evidence("a"), unmatched=("sort",))], NODES)
    assert other.status == "incomplete"


def test_a_kernel_that_was_not_measured_is_not_faulty_and_prints_as_null() -> None:
    found = localisation("relax", [evidence("a", conv=float("nan"))], NODES)
    assert found.findings == ()
    assert '"excess": null' in as_json([payload(found)])


def test_a_program_without_an_answer_is_a_verdict_of_its_own() -> None:
    assert no_localisation("relax", "it crashed").status == "failed"
