"""Which kernels read what which others wrote."""

from collections.abc import Container, Iterator, Sequence

from harness.locate.probe import WatchedKernel


def joined(number: int, kernels: Sequence[WatchedKernel], paired: Container[str]) -> list[int]:
    """Numbers of the kernels that a kernel reads, through each other, as far as none is paired."""
    makers = {one["id"]: n for n, kernel in enumerate(kernels) for one in kernel["outputs"]}
    return sorted(set(_loose_makers(number, kernels, paired, makers)))


def _loose_makers(
    number: int,
    kernels: Sequence[WatchedKernel],
    paired: Container[str],
    makers: dict[str, int],
) -> Iterator[int]:
    seen: set[str] = set()
    todo = list(kernels[number]["inputs"])
    while todo:
        name = todo.pop()
        if name in makers and name not in paired and name not in seen:
            seen.add(name)
            yield makers[name]
            todo += kernels[makers[name]]["inputs"]
