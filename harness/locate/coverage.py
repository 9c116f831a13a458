"""Which nodes of the graph the kernels of a program account for."""

from collections.abc import Sequence

from harness.graphdef.access import node_of
from harness.locate.candidate_watch import WatchedRun
from harness.locate.evidence import ImageEvidence, KernelEvidence
from harness.locate.wiring import Wiring


def covered(
    image: str,
    plain: WatchedRun,
    divergence: float,
    kernels: Sequence[KernelEvidence],
    wiring: Wiring,
) -> ImageEvidence:
    """The evidence of one image, with the nodes and kernels that it says nothing of."""
    checked = [kernel for kernel in kernels if kernel.checked]
    own = {node_of(kernel.tensor) for kernel in checked}
    own |= {node_of(one) for kernel in checked for one in wiring.same(kernel.tensor)}
    held = {name for kernel in checked for name in kernel.nodes} | own
    live = [name for name in wiring.nodes if name != node_of(wiring.pixels)]
    accounted = {kernel.kernel for kernel in kernels} | {n for k in kernels for n in k.joined}
    names = [kernel["name"] for kernel in plain.kernels]
    return ImageEvidence(
        image=image,
        same_bits=plain.same_bits,
        divergence=divergence,
        kernels=tuple(kernels),
        unmatched=tuple(dict.fromkeys(name for name in names if name not in accounted)),
        nodes=len(live),
        matched=sum(name in own for name in live),
        inside=sum(name in held - own for name in live),
        unchecked=tuple(name for name in live if name not in held),
    )
