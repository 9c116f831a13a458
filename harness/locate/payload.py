"""A verdict as plain values, for `--json`."""

from typing import Any

from harness.locate.evidence import ImageEvidence, KernelEvidence
from harness.locate.rule import TensorError
from harness.locate.verdict import FaultyKernel, Localisation


def payload(found: Localisation) -> dict[str, Any]:
    """The verdict on one candidate; NaN where something was not measured."""
    return {
        "candidate": found.candidate,
        "status": found.status,
        "reason": found.reason,
        "findings": list(map(_finding, found.findings)),
        "images": list(map(_image, found.evidence)),
    }


def _finding(one: FaultyKernel) -> dict[str, Any]:
    nodes = [{"name": n.name, "op": n.op, "attributes": n.attributes} for n in one.nodes]
    return {"nodes": nodes, "image": one.image, "images": one.images, **_kernel(one.worst)}


def _image(one: ImageEvidence) -> dict[str, Any]:
    return {
        "image": one.image,
        "same_bits": one.same_bits,
        "divergence": one.divergence,
        "nodes": one.nodes,
        "matched": one.matched,
        "inside": one.inside,
        "unchecked": list(one.unchecked),
        "unmatched_kernels": list(one.unmatched),
        "kernels": list(map(_kernel, one.kernels)),
    }


def _kernel(one: KernelEvidence) -> dict[str, Any]:
    effect = one.effect
    return {
        "kernel": one.kernel,
        "number": one.number,
        "joined": list(one.joined),
        "tensor": one.tensor,
        "computes": list(one.nodes),
        "shape": list(one.shape),
        "layout": one.layout,
        "by_value": one.by_value,
        "excess": one.excess,
        **_errors("local", one.local),
        **_errors("reference_local", one.reference_local),
        **_errors("explained", one.explained),
        **_errors("propagated", one.propagated),
        **_errors("reference_propagated", one.reference_propagated),
        "amplification": effect.amplification if effect else None,
        "remaining": effect.remaining if effect else None,
    }


def _errors(name: str, error: TensorError) -> dict[str, float]:
    return {f"{name}_max": error.largest, f"{name}_rms": error.rms}
