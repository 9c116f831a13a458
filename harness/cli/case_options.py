"""Arguments and options that describe a case on the command line, in groups.

A subcommand names the groups that it takes; `harness.cli.signature` makes the options of them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

Images = Annotated[list[Path], typer.Argument(help="Image files.", metavar="IMAGE...")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON array on stdout and nothing else.")
]
Scopes = Annotated[list[str] | None, typer.Option(help="graph or end_to_end; by default both.")]


@dataclass(frozen=True)
class ModelOptions:
    """The model file, its tensors, and the candidates made of it."""

    model: Annotated[
        str,
        typer.Argument(
            help="GraphDef (.pb), SavedModel, Keras, ONNX or TFLite, or zoo:efficientnet-lite0."
        ),
    ]
    """Path of the reference's model, or `zoo:` and a name."""
    input: Annotated[
        str | None, typer.Option(help="Input tensor; found where it is unambiguous.")
    ] = None
    """Name of the input tensor; None: the only one that fits."""
    output: Annotated[
        str | None, typer.Option(help="Output tensor; found where it is unambiguous.")
    ] = None
    """Name of the tensor of scores; None: the only one that fits."""
    candidate: Annotated[
        list[str] | None,
        typer.Option(help="relay-llvm-nchw, relax-host-packed, or key=value,…; repeatable."),
    ] = None
    """Candidates in the words of `harness.cases.candidate_words`; None: the subcommand's own."""
    candidate_model: Annotated[
        Path | None, typer.Option(help="Compile this file instead of the reference's.")
    ] = None
    """Model file that every candidate is compiled from; None: the reference's."""


@dataclass(frozen=True)
class LabelOptions:
    """The names of the classes."""

    labels: Annotated[
        Path | None, typer.Option(help="Names of the classes: text, JSON, or a label map .pbtxt.")
    ] = None
    """File of names; None: classes are numbers."""
    synsets: Annotated[
        Path | None, typer.Option(help="Synset-to-English map that goes with a label map .pbtxt.")
    ] = None
    """Second file, which a label map needs."""


@dataclass(frozen=True)
class PreprocessOptions:
    """What the deployed program does with an image before it runs the module."""

    preset: Annotated[
        str | None,
        typer.Option(help="What a framework does: torchvision, keras-tf, tflite-support, …"),
    ] = None
    """Name of a preset (`harness.cases.preprocess_presets`); None: size, mean and scale alone."""
    size: Annotated[
        str | None, typer.Option(help="What images are resized to: 299 or 224x320 (height×width).")
    ] = None
    """Pixels; None: the size of the graph's input, or the image's own."""
    resizer: Annotated[
        str | None, typer.Option(help="Library that resizes: pillow, opencv or tensorflow.")
    ] = None
    """Library that resizes; None: the preset's, else pillow."""
    resample: Annotated[str | None, typer.Option(help="Its filter: bilinear, bicubic, …")] = None
    """Filter of the resize; None: the preset's, else the library's default."""
    decoder: Annotated[
        str, typer.Option(help="The deployed program's decoder: pillow or tensorflow.")
    ] = "pillow"
    """Which program turns the file into pixels."""
    exif: Annotated[str, typer.Option(help="Orientation tag: ignore or apply.")] = "ignore"
    """What is done with the orientation tag of a JPEG."""
    mean: Annotated[
        str, typer.Option(help="Subtracted from pixels where a graph takes floats: 127.5 or R,G,B.")
    ] = "0"
    """One number, or one for each channel."""
    scale: Annotated[str, typer.Option(help="Multiplied afterwards: 0.0078125 or R,G,B.")] = "1"
    """One number, or one for each channel."""


@dataclass(frozen=True)
class JudgeOptions:
    """What is compared, and how far scores may differ."""

    k: Annotated[int, typer.Option("-k", "--top", help="Top classes to compare.", min=1)] = 5
    """Length of the lists that are compared in order."""
    atol: Annotated[float | None, typer.Option(help="Absolute tolerance, scope graph.", min=0)] = (
        None
    )
    """Absolute tolerance of scope graph; None: measured."""
    rtol: Annotated[float | None, typer.Option(help="Relative tolerance, scope graph.", min=0)] = (
        None
    )
    """Relative tolerance of scope graph; None: the rule's."""
    end_to_end_atol: Annotated[
        float | None, typer.Option(help="Absolute tolerance, scope end_to_end.", min=0)
    ] = None
    """Absolute tolerance of scope end_to_end; None: the case file's default."""
    scope: Scopes = None
    """Scopes that are judged; None: both."""
