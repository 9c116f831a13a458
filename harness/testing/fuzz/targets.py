"""What is fuzzed: every function of the product that is given foreign bytes, by name."""

import importlib.metadata
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.cases import case_file
from harness.cases.asset_sections import Asset, Labels
from harness.cases.preprocess import Preprocess
from harness.errors import GraphError
from harness.execution.build_cache import MANIFEST, BuildCache
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import ImageInput, find_input, find_output
from harness.graphdef.float64.convert import convert_to_float64
from harness.graphdef.functions import inlined
from harness.graphdef.model_file import read_model
from harness.graphdef.modernise import modern
from harness.graphdef.parse import parse
from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.inputs import jpeg_facts, labels, packages, pixels
from harness.inputs.preprocessing import preprocessed
from harness.inputs.zoo import torch_pickle
from harness.reports import stored_run
from harness.reports.read_rows import read_rows
from harness.reports.writers import rows_csv, run_json
from harness.results import journal
from harness.results.stored_results import StoredResults
from harness.testing.fuzz.contract import Target
from harness.testing.fuzz.shapes import graphs, images, pickles, texts

MAX_PIXELS = 1 << 20
_TENSOR = ImageInput("input", "input", "pixels", "float32", (1, 8, 8, 3), 3)
_STEPS = Preprocess(preset="torchvision").explicit((8, 8))


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that is gone afterwards; in memory where the system has such folders."""
    memory = Path("/dev/shm")
    path = Path(tempfile.mkdtemp(prefix="parity-fuzz-", dir=memory if memory.is_dir() else None))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A function of bytes made of one that reads a file called `name`."""

    def run(data: bytes) -> object:
        with _folder() as folder:
            path = folder / name
            path.write_bytes(data)
            return read(path)

    return run


def _ends(data: bytes) -> tuple[GraphDef, ImageInput, str]:
    """Graph, input and output; where they are not clear, those at its ends, as a user may name."""
    graph = parse(data)
    try:
        entry = find_input(graph)
    except GraphError:
        entry = find_input(graph, graph.node[0].name)
    try:
        return graph, entry, find_output(graph)
    except GraphError:
        return graph, entry, find_output(graph, graph.node[-1].name)


def _cut(data: bytes) -> bytes:
    graph, entry, output = _ends(data)
    return to_bytes(cut(graph, entry, output, (1, 8, 8, 3)))


def _float64(data: bytes) -> bytes:
    return to_bytes(convert_to_float64(*_ends(data)).graph)


def _image(data: bytes) -> str:
    pixels.header(data, MAX_PIXELS)
    decoded = pixels.decode(data, 3, "apply")
    pixels.decode(data, 0)
    pixels.to_tensor(preprocessed(decoded, _STEPS, MAX_PIXELS), _TENSOR)
    return pixels.thumbnail(decoded)


def _image_facts(data: bytes) -> object:
    pixels.header(data, MAX_PIXELS).remarks("a.jpg")
    return list(jpeg_facts.facts(data, "", "apply"))


def _names(path: Path) -> object:
    found = labels.load(Labels(names=Asset(path="labels")), lambda _: path)
    found.check(3)
    return found.name_of(1)


def _label_map(path: Path) -> object:
    first, _, second = path.read_bytes().partition(texts.SEPARATOR)
    both = {"map": path.with_name("map"), "synsets": path.with_name("synsets")}
    both["map"].write_bytes(first)
    both["synsets"].write_bytes(second)
    asked = Labels(label_map=Asset(path="map"), synsets=Asset(path="synsets"))
    found = labels.load(asked, lambda asset: both[str(asset.path)])
    found.check(3)
    return found.name_of(1)


def _journal(path: Path) -> object:
    found = StoredResults(path)
    return list(found), found[:], found.remarks


def _run_folder(path: Path) -> object:
    """A run folder whose run.json is foreign."""
    folder = path.parent / "20261122T205900Z-3fa9c1"
    folder.mkdir()
    path.rename(folder / path.name)
    (folder / journal.NAME).write_bytes(texts.ROW + b"\n")
    with suppress(ValueError):
        run_json.schema_version((folder / path.name).read_text("utf-8"))
    return stored_run.read(folder)


def _latest(path: Path) -> object:
    return stored_run.locate(path)


def _record(path: Path) -> object:
    pattern, _, record = path.read_bytes().partition(texts.SEPARATOR)
    info = path.parent / "fuzzed-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_bytes(b"Metadata-Version: 2.1\nName: fuzzed\nVersion: 1.0\n")
    (info / "RECORD").write_bytes(record)
    found = packages.listed_in(
        importlib.metadata.PathDistribution(info), "fuzzed", pattern.decode("utf-8", "replace")
    )
    assert all(place.is_relative_to(path.parent) for _, place in found)
    return found


def _manifest(path: Path) -> object:
    folder = path.parent / "key"
    folder.mkdir()
    path.rename(folder / MANIFEST)
    (folder / "a.so").write_bytes(b"")
    return BuildCache(path.parent).obtain("key", lambda _: {})


TARGETS: Mapping[str, Target] = {
    "model": Target(_file("model.pb", read_model), graphs.model),
    "cut": Target(_cut, graphs.model),
    "float64": Target(_float64, graphs.model),
    "functions": Target(lambda data: inlined(parse(data)), graphs.model),
    "modern": Target(lambda data: modern(parse(data)), graphs.model),
    "image": Target(_image, images.image),
    "image_facts": Target(_image_facts, images.image),
    "case": Target(_file("case.toml", case_file.load), texts.case_file),
    "labels": Target(_file("labels.txt", _names), texts.labels),
    "label_map": Target(_file("both", _label_map), texts.label_map),
    "torch": Target(torch_pickle.load, pickles.torch_file),
    "journal": Target(_file(journal.NAME, _journal), texts.journal_lines),
    "run": Target(_file(run_json.WRITER.file_name, _run_folder), texts.run_record),
    "latest": Target(_file("latest", _latest), texts.record),
    "rows": Target(_file(rows_csv.WRITER.file_name, read_rows), texts.table),
    "record": Target(_file("record", _record), texts.record),
    "manifest": Target(_file("manifest", _manifest), texts.manifest),
}
"""Name → target."""
