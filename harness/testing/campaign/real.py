"""Images and models for real TensorFlow and real TVM; one run of pytest holds them all."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from harness.testing.campaign import graphs, pictures, raw_files
from harness.testing.campaign.fault import (
    PASSING,
    CampaignFault,
    CampaignRun,
    Done,
    flat,
    hold_status,
)
from harness.testing.tiny import decoder_graph, write_case, write_graph, write_image

RSS = 4 << 30
"""Bytes that TensorFlow or a TVM's compiler may hold."""
LONG_S = 900
"""Seconds after which the run counts as hanging."""
Statuses = tuple[str, str]
"""Of scope graph and of scope end_to_end."""


@dataclass(frozen=True)
class RealPicture:
    """An image, and the rows that become of it."""

    file: str
    make: pictures.Maker
    statuses: Statuses
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class RealModel:
    """A change of a good model, and the rows that become of it."""

    name: str
    change: graphs.Change
    statuses: Statuses
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class RealTarget:
    """Lines of a candidate that TVM refuses, and words of the reason."""

    name: str
    lines: str
    words: tuple[str, ...]

    def on(self, stack: str) -> RealModel:
        """The rows on one of the stacks: TVM 0.27 reads its target one step earlier."""
        status = {"relay": "compile_failed", "relax": "optimize_failed"}[stack]
        return RealModel(self.name, lambda _: None, (status, status), self.words)


class RealRows(Protocol):
    """What the rows of a real fault must be."""

    @property
    def statuses(self) -> Statuses:
        """Of the two scopes."""

    @property
    def words(self) -> tuple[str, ...]:
        """Of the reasons and notes."""


def hold(found: list[dict[str, Any]], expected: RealRows) -> None:
    """Assert it."""
    assert len(found) == len(expected.statuses), found
    for row, status in zip(found, expected.statuses, strict=True):
        hold_status(row, status)
    said = flat(" ".join(f"{row['reason']} {row['notes']}" for row in found))
    assert not [word for word in expected.words if word not in said], said


GOOD = (PASSING, PASSING)
REFUSED = ("no_evidence", "no_evidence")
REFERENCE = ("reference_failed", "reference_failed")
GRAPH_ALONE = (PASSING, "reference_failed")

PICTURES = [
    RealPicture("plain.jpg", pictures.photo(size=(40, 30)), GOOD),
    RealPicture("grey.jpg", pictures.photo(mode="L"), GOOD),
    RealPicture("one-pixel.png", pictures.photo(size=(1, 1)), GOOD),
    RealPicture("one-row.png", pictures.photo(size=(500, 1)), GOOD),
    RealPicture("alpha.png", pictures.photo(mode="RGBA"), GOOD),
    RealPicture("palette.png", pictures.photo(mode="P"), GOOD),
    RealPicture("one-bit.png", pictures.photo(mode="1"), GOOD),
    RealPicture("progressive.jpg", pictures.photo(progressive=True), GOOD),
    RealPicture("cmyk.jpg", pictures.photo(mode="CMYK", size=(40, 30)), GOOD, ("CMYK",)),
    RealPicture("turned.jpg", pictures.oriented(6), GOOD),
    RealPicture("png.jpg", pictures.content(pictures.encoded("PNG")), GOOD, ("is PNG",)),
    RealPicture("still.gif", pictures.photo(), GOOD),
    RealPicture(
        "plain.bmp", pictures.photo(), GRAPH_ALONE, ("decode BMP format using a wrong op",)
    ),
    RealPicture("plain.webp", pictures.photo(), GRAPH_ALONE, ("must be 4-dimensional",)),
    RealPicture("plain.tiff", pictures.photo(), GRAPH_ALONE, ("Unknown image file format",)),
    RealPicture("empty.jpg", pictures.content(b""), REFUSED, ("0 bytes",)),
    RealPicture("noise.jpg", pictures.content(raw_files.noise(5000)), REFUSED, ("can't read it",)),
    RealPicture("text.jpg", pictures.content(b"no image\n"), REFUSED, ("can't read it",)),
    RealPicture("cut.jpg", pictures.cut("JPEG", 0.9), REFUSED, ("can't decode it",)),
    RealPicture("cut.png", pictures.cut("PNG", 0.5), REFUSED, ("can't decode it",)),
    RealPicture("huge.png", pictures.png(20_000, 20_000), REFUSED, ("limits.max_pixels",)),
    RealPicture("huge.jpg", pictures.jpeg_claims(65_000, 65_000), REFUSED, ("max_pixels",)),
]
"""Decoded by TensorFlow for the reference and by Pillow for the candidate."""

MODELS = [
    RealModel("unknown-op", graphs.reop("conv/Relu", "NoSuchOp"), REFERENCE, ("NoSuchOp",)),
    RealModel("missing-input", graphs.drop_node("conv/kernel"), REFERENCE, ("conv/kernel",)),
    RealModel("cycle", graphs.inner_cycle, REFERENCE, ("cycle",)),
    RealModel("cut-constant", graphs.shorten("dense/kernel"), REFERENCE, ("Cannot parse tensor",)),
    RealModel(
        "huge-constant",
        graphs.claim("dense/kernel", (1 << 20, 1 << 20)),
        REFERENCE,
        ("dense/kernel",),
    ),
    RealModel(
        "negative-constant", graphs.claim("dense/kernel", (-2, 3)), REFERENCE, ("Shape [-2,3]",)
    ),
    RealModel("empty-constant", graphs.claim("dense/kernel", (0, 10)), REFERENCE, ("8 and 0",)),
    RealModel("wrong-type", graphs.retype("dense/kernel", 3), REFERENCE, ("dense/MatMul",)),
    RealModel("unknown-type", graphs.retype("dense/kernel", 77), REFERENCE, ("invalid DataType",)),
    RealModel("wrong-shape", graphs.claim("dense/kernel", (10, 8)), REFERENCE, ("dense",)),
    RealModel("nan-weights", graphs.nan_weights, REFUSED, ("no class has a finite score",)),
    RealModel(
        "control-characters",
        graphs.rename("softmax", "s\x1b[2Jm"),
        REFERENCE,
        ("invalid characters",),
    ),
    RealModel("device", graphs.on_device("conv", "/device:NOPE:0"), REFERENCE, ("NOPE",)),
    RealModel("recursion", graphs.recursive_function, REFERENCE, ("again",)),
    RealModel("long-chain", graphs.chain(300), GOOD),
]
"""Given to TensorFlow for the reference, and to TVM."""

TARGETS = [
    RealTarget("no-such-target", "target = 'quantum'", ("quantum",)),
    RealTarget("no-such-option", "target = 'llvm -zzz=1'", ("zzz",)),
    RealTarget("no-such-key", "pass_config = { 'no.such.pass' = 1 }", ("no.such.pass",)),
]
"""Candidates that TVM refuses."""


def make_cases(candidate: str) -> Callable[[Path], object]:
    """A case of all pictures, one for each model, one of broken targets; `candidate` compiles."""

    def make(work: Path) -> None:
        cases = work / "cases"
        write_case(work, images=(), candidates=(candidate,), name="pictures", top=SIZED)
        text = (cases / "pictures.toml").read_text("utf-8")
        for picture in PICTURES:
            picture.make(cases / picture.file)
            text += f"[[images]]\npath = '{picture.file}'\n"
        (cases / "pictures.toml").write_text(text, encoding="utf-8")
        write_image(cases / "a.jpg")
        for model in MODELS:
            case = write_case(work, candidates=(candidate,), name=model.name)
            graph = decoder_graph()
            model.change(graph)
            write_graph(case.with_suffix(".pb"), graph)
            text = case.read_text("utf-8").replace("model.pb", f"{model.name}.pb")
            case.write_text(text, encoding="utf-8")
        lines = [f"{candidate}\nname = '{one.name}'\n{one.lines}" for one in TARGETS]
        write_case(work, candidates=lines, name="targets")

    return make


SIZED = "preprocess = { size = [16, 16] }\ntolerance = { end_to_end = { atol = 0.3 } }"


def together(candidate: str) -> CampaignFault:
    """The one run; its rows are looked at one by one."""
    words = ("-p", "no:cacheprovider", "cases")
    run = CampaignRun(
        words,
        "pytest",
        {"PARITY_REFERENCE": "tensorflow", "PARITY_NO_EXPLAIN": "1"},
        seconds=LONG_S,
    )
    return CampaignFault("real programs", make_cases(candidate), run, Done(code=1))
