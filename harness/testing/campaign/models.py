"""Model files that are no usable frozen GraphDef, or a strange one."""

import re
from collections.abc import Callable
from pathlib import Path

from harness.testing.campaign import graphs, raw_files
from harness.testing.campaign.fault import (
    MODEL,
    CampaignFault,
    CampaignRun,
    Expected,
    check,
    parity,
    pytest_run,
    refused,
    rows,
)
from harness.testing.tiny import write_case

Content = Callable[[bytes], bytes]
"""From the bytes of a good model to those of the fault."""

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
FILES: dict[str, tuple[Content, str]] = {
    "empty": (lambda _: b"", "the file is empty"),
    "one byte": (lambda _: b"\x0b", "cut short or are no GraphDef"),
    "zeros": (lambda _: bytes(1024), "cut short or are no GraphDef"),
    "ones": (lambda _: b"\xff" * 1024, "cut short or are no GraphDef"),
    "noise": (lambda _: raw_files.noise(1 << 10), "cut short or are no GraphDef"),
    "a megabyte of noise": (lambda _: raw_files.noise(1 << 20), "cut short or are no GraphDef"),
    "cut at 500": (lambda good: good[:500], "cut short or are no GraphDef"),
    "cut in half": (lambda good: good[: len(good) // 2], "cut short or are no GraphDef"),
    "last byte missing": (lambda good: good[:-1], "cut short or are no GraphDef"),
    "text": (lambda _: b"hello\n", "this is a text file"),
    "pbtxt": (lambda _: b'node {\n  name: "x"\n}\n', "perhaps a .pbtxt"),
    "json": (lambda _: b'{"node": []}', "this is a text file"),
    "a web page": (lambda _: b"<!DOCTYPE html><title>404</title>", "this is a text file"),
    "a Git LFS pointer": (lambda _: LFS, "this is a text file"),
    "a SavedModel": (lambda _: b"\x08\x01\x12\x03abc", "looks like a SavedModel; freeze it"),
    "a TFLite model": (lambda _: b"\x1c\0\0\0TFL3" + bytes(64), "this is a TFLite model"),
    "an ONNX model": (lambda _: b"\x08\x07\x12\x07pytorch", "name it with the suffix .onnx"),
    "HDF5": (lambda _: b"\x89HDF\r\n\x1a\n" + bytes(512), "Expected a frozen GraphDef"),
    "a zip archive": (lambda _: b"PK\x03\x04" + bytes(512), "Expected a frozen GraphDef"),
    "gzipped": (raw_files.gzipped, "Expected a frozen GraphDef"),
    "a PNG": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(64), "Expected a frozen GraphDef"),
    "a JPEG": (lambda _: b"\xff\xd8\xff\xe0" + bytes(64), "Expected a frozen GraphDef"),
    "a byte order mark": (lambda good: b"\xef\xbb\xbf" + good, "Expected a frozen GraphDef"),
    "given twice": (lambda good: good + good, "two nodes are called 'DecodeJpeg/contents'"),
    "nested too deep": (lambda _: raw_files.nested(10_000), ".pb"),
    "too many nodes": (lambda _: raw_files.many_nodes(1_000_001), "at most 1000000 are read"),
}
"""Files that parse as no GraphDef, or whose GraphDef is damaged."""

GRAPHS: dict[str, tuple[graphs.Change, str]] = {
    "a name twice": (graphs.name_twice, "two nodes are called 'conv'"),
    "a node without a name": (graphs.rename("conv", ""), "Expected a frozen GraphDef"),
    "a node without an op": (graphs.reop("conv", ""), "Expected a frozen GraphDef"),
    "a variable": (graphs.reop("conv/kernel", "VariableV2"), "not frozen: 1 variables"),
    "a resource variable": (graphs.reop("conv/kernel", "VarHandleOp"), "Freeze it"),
    "no placeholder": (graphs.reop("DecodeJpeg/contents", "Const"), "Name it with --input"),
    "two inputs": (graphs.add_placeholder("second", (1, 8, 8, 3)), "Name it with --input"),
    "two outputs": (graphs.add_leaf("second"), "Name it with --output"),
    "a cycle without an output": (graphs.close_cycle, "output is not clear"),
    "a decoder with two channels": (graphs.set_channels(2), "Name it with --input"),
    "a decoder with negative channels": (graphs.set_channels(-3), "Name it with --input"),
    "a decoder without an input": (graphs.drop_inputs("DecodeJpeg"), "Name it with --input"),
    "a string that feeds no decoder": (graphs.reop("DecodeJpeg", "Odd"), "Name it with --input"),
    "a missing input": (graphs.drop_node("conv/kernel"), "there is no node 'conv/kernel'"),
    "scores that do not depend on the image": (graphs.cut_off, "does not depend on input"),
}
"""Changes of the decoder graph."""

INPUTS: dict[str, tuple[graphs.Shape, int, str]] = {
    "rank 1": ((8,), graphs.FLOAT, "Name it with --input"),
    "rank 2": ((1, 10), graphs.FLOAT, "Name it with --input"),
    "rank 5": ((1, 8, 8, 8, 3), graphs.FLOAT, "Name it with --input"),
    "seven channels": ((1, 8, 8, 7), graphs.FLOAT, "Name it with --input"),
    "too many pixels": ((1, 1 << 20, 1 << 20, 3), graphs.FLOAT, "Name it with --input"),
    "sides of 2 to the 40": ((1, 1 << 40, 1 << 40, 3), graphs.FLOAT, "Name it with --input"),
    "no pixels": ((1, 0, 0, 3), graphs.FLOAT, "Name it with --input"),
    "no height": ((1, 0, 8, 3), graphs.FLOAT, "Name it with --input"),
    "no batch": ((0, 8, 8, 3), graphs.FLOAT, "Name it with --input"),
    "a negative side": ((1, -5, 8, 3), graphs.FLOAT, "Name it with --input"),
    "bool": ((1, 8, 8, 3), graphs.BOOL, "Name it with --input"),
    "complex": ((1, 8, 8, 3), graphs.COMPLEX, "Name it with --input"),
    "a type that does not exist": ((1, 8, 8, 3), 99, "Name it with --input"),
}
"""Placeholders that take no image."""

RUNNABLE: dict[str, graphs.Change] = {
    "NaN weights": graphs.nan_weights,
    "a constant that claims 2 to the 40 elements": graphs.claim("dense/kernel", (1 << 20, 1 << 20)),
    "a constant of negative sides": graphs.claim("dense/kernel", (-2, 3)),
    "a constant of rank 300": graphs.claim("dense/kernel", (1,) * 300),
    "a constant cut short": graphs.shorten("dense/kernel"),
    "a constant without elements": graphs.claim("dense/kernel", (0, 10)),
    "an unknown type of constant": graphs.retype("dense/kernel", 77),
    "5000 nodes in a chain": graphs.chain(5_000),
    "a name of a megabyte": graphs.rename("conv/Relu", "r" * (1 << 20)),
    "a function that calls itself": graphs.recursive_function,
    "a cycle behind the scores": graphs.inner_cycle,
    "control characters in a name": graphs.rename("softmax", "soft\x1b[2Jmax\x07"),
    "markup in a name": graphs.rename("softmax", "[red]soft[/bird]max"),
    "another script's letters in a name": graphs.rename("softmax", "\u202eweich"),
}
"""Graphs that only a real program refuses; the harness has to survive to ask it."""


def _file(content: Content) -> Callable[[Path], object]:
    return lambda work: (work / MODEL).write_bytes(content((work / MODEL).read_bytes()))


def _made() -> dict[str, tuple[Callable[[Path], object], str]]:
    """Every model that is wrong use on the command line: how it is made, and what is said of it."""
    made = {name: (_file(content), words) for name, (content, words) in FILES.items()}
    made |= {name: (graphs.changed(change), words) for name, (change, words) in GRAPHS.items()}
    return made | {
        f"input of {name}": (graphs.float_model(shape, dtype), words)
        for name, (shape, dtype, words) in INPUTS.items()
    }


UNUSABLE = _made()
"""What is wrong use in `parity check`, and `reference_failed` under pytest."""


def file_name(name: str) -> str:
    """Name of the case file of an unusable model, without its suffix."""
    return re.sub(r"\W+", "-", name)


def _together(work: Path) -> None:
    """A case file for each unusable model."""
    good = (work / MODEL).read_bytes()
    for name, (make, _) in UNUSABLE.items():
        folder = work / "made" / file_name(name)
        folder.mkdir(parents=True)
        (folder / MODEL).write_bytes(good)
        make(folder)
        calm = ("stack = 'fake'\ntarget = 'calm'",)
        case = write_case(work, candidates=calm, name=file_name(name))
        (folder / MODEL).rename(case.with_suffix(".pb"))
        text = case.read_text("utf-8").replace("model.pb", f"{case.stem}.pb")
        case.write_text(text, encoding="utf-8")


TOGETHER = CampaignFault(
    "every unusable model under pytest",
    _together,
    pytest_run(),
    rows("reference_failed", count=2 * len(UNUSABLE)),
)
"""The run that the unusable models share."""


def _place(how: Callable[[Path], object]) -> Callable[[Path], object]:
    def make(work: Path) -> None:
        (work / MODEL).unlink()
        how(work / MODEL)

    return make


PLACES: dict[str, tuple[Callable[[Path], object], CampaignRun, Expected]] = {
    "missing": (lambda path: None, check(), refused("no model file model.pb")),
    "a directory": (Path.mkdir, check(), refused("no model file model.pb")),
    "a FIFO": (raw_files.make_fifo, check(), refused("no model file model.pb")),
    "a dangling link": (lambda path: path.symlink_to("gone"), check(), refused("no model file")),
    "a link to itself": (lambda path: path.symlink_to(MODEL), check(), refused("no model file")),
    "2 GiB of nothing": (raw_files.sparse(1 << 31), check(), refused("larger than a GraphDef")),
}
"""What stands in the place of the model file."""

EXTRA = [
    CampaignFault("a device", lambda _: None, check(model="/dev/zero"), refused("no model file")),
    CampaignFault("no name", lambda _: None, check(model=""), refused("no model file")),
    CampaignFault(
        "an endless name", lambda _: None, check(model="m" * 5000), refused("no model file")
    ),
    CampaignFault(
        "unreadable",
        lambda work: (work / MODEL).chmod(0),
        CampaignRun(check().words, unprivileged=True),
        refused("can't be", "Permission denied"),
    ),
    CampaignFault(
        "a candidate's model that is no model",
        lambda work: (work / "other.pb").write_bytes(b"hello"),
        check("--candidate-model", "other.pb"),
        refused("other.pb", "this is a text file"),
    ),
    CampaignFault(
        "a candidate's model that is missing",
        lambda _: None,
        check("--candidate-model", "gone.pb"),
        refused("gone.pb"),
    ),
    CampaignFault(
        "an op that the candidate lacks",
        graphs.changed(graphs.reop("conv/Relu", "unknown-op")),
        check("--json"),
        rows("import_failed", "not implemented"),
    ),
    CampaignFault(
        "a graph that the reference refuses",
        graphs.changed(graphs.note("broken-reference")),
        check("--json"),
        rows("reference_failed", "the fake reference refuses this graph"),
    ),
    CampaignFault(
        "a reference that is not repeatable",
        graphs.changed(graphs.note("unstable-reference")),
        check("--json"),
        rows("reference_unstable"),
    ),
    CampaignFault(
        "explain, with a model that is text",
        _file(lambda _: b"hello"),
        parity("explain", MODEL, "a.jpg", "--candidate", "stack=fake"),
        refused("this is a text file"),
    ),
    CampaignFault(
        "bench, with a model that is text",
        _file(lambda _: b"hello"),
        parity("bench", MODEL, "--candidate", "stack=fake"),
        refused("this is a text file"),
    ),
]

FAULTS = [
    *(
        CampaignFault(name, make, check(), refused(words))
        for name, (make, words) in UNUSABLE.items()
    ),
    *(
        CampaignFault(name, graphs.changed(change), check("--json"), rows("match", code=0))
        for name, change in RUNNABLE.items()
    ),
    *(
        CampaignFault(name, _place(how), run, expected)
        for name, (how, run, expected) in PLACES.items()
    ),
    *EXTRA,
]
