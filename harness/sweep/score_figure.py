"""Cells of scores as the layers of an SVG: the more images in a cell, the stronger its colour."""

from dataclasses import dataclass

from harness.sweep.score_bins import ScoreBins

SIZE = 240
"""Width and height of the drawing."""
LAYERS = ((1, 0.35), (2, 0.5), (5, 0.65), (20, 0.8), (100, 1.0))
"""Fewest images of a cell → the opacity of its layer."""


@dataclass(frozen=True)
class ScoreLayer:
    """The cells of about as many images."""

    opacity: float
    """0 to 1."""
    path: str
    """Data of an SVG path, a square a cell."""


@dataclass(frozen=True)
class ScoreFigure:
    """Reference score to the right, candidate score upwards."""

    layers: tuple[ScoreLayer, ...]
    """The strongest last."""
    bins: ScoreBins
    """What is drawn."""


def score_figure(bins: ScoreBins | None) -> ScoreFigure | None:
    """The drawing; None where there is nothing to draw."""
    if bins is None:
        return None
    paths: dict[float, list[str]] = {opacity: [] for _, opacity in LAYERS}
    side = SIZE / bins.side
    for column, row, images in bins.cells:
        opacity = next(strength for fewest, strength in reversed(LAYERS) if images >= fewest)
        left, top = column * side, SIZE - (row + 1) * side
        paths[opacity].append(f"M{left:g} {top:g}h{side:g}v{side:g}h-{side:g}z")
    layers = (ScoreLayer(opacity, "".join(cells)) for opacity, cells in paths.items() if cells)
    return ScoreFigure(tuple(layers), bins)
