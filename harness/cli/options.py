"""Arguments and options that several commands of `parity` take, each said once."""

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[str, typer.Argument(help="Frozen GraphDef (.pb), or zoo:efficientnet-lite0.")]
Images = Annotated[list[Path], typer.Argument(help="Image files.", metavar="IMAGE...")]
Labels = Annotated[
    Path | None, typer.Option(help="Names of the classes: text, JSON, or a label map .pbtxt.")
]
Synsets = Annotated[
    Path | None, typer.Option(help="Synset-to-English map that goes with a label map .pbtxt.")
]
Input = Annotated[
    str | None, typer.Option("--input", help="Input tensor; found where unambiguous.")
]
Output = Annotated[str | None, typer.Option(help="Output tensor; found where unambiguous.")]
Candidates = Annotated[
    list[str] | None,
    typer.Option(help="relay-llvm-nchw, relax-host-packed, or key=value,…; repeatable."),
]
CandidateModel = Annotated[
    Path | None, typer.Option(help="Compile this .pb instead of the reference's.")
]
Size = Annotated[
    str | None, typer.Option(help="What images are resized to: 299 or 224x320 (height×width).")
]
Resample = Annotated[str, typer.Option(help="Pillow's filter for --size.")]
Decoder = Annotated[str, typer.Option(help="The deployed program's decoder: pillow or tensorflow.")]
Exif = Annotated[str, typer.Option(help="Orientation tag: ignore or apply.")]
Mean = Annotated[
    str, typer.Option(help="Subtracted from pixels where a graph takes floats: 127.5 or R,G,B.")
]
Scale = Annotated[str, typer.Option(help="Multiplied afterwards: 0.0078125 or R,G,B.")]
