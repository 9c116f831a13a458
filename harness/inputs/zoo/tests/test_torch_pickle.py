"""Reading and refusing files in the format of torch before 1.6."""

import importlib.util
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.inputs.zoo.tests.torch_files import (
    FLOAT,
    LONG,
    ORDERED,
    REBUILD,
    SIX,
    Raw,
    call,
    code,
    elements,
    named,
    refused,
    state,
    storage,
    tensor,
    torch_file,
)
from harness.inputs.zoo.torch_pickle import MAGIC, PROTOCOL, SYS_INFO, load


def test_reads_a_tensor() -> None:
    found = load(torch_file(state(weight=tensor(storage()))))
    assert list(found) == ["weight"]
    np.testing.assert_array_equal(found["weight"], np.arange(6, dtype=np.float32).reshape(2, 3))
    assert found["weight"].flags.writeable


def test_reads_views_of_one_storage_and_integers() -> None:
    value = state(
        transposed=tensor(storage(), (3, 2), (1, 3)),
        tail=tensor(storage(), (2,), (1,), 4),
        scalar=tensor(storage("n", 1, LONG), (), ()),
    )
    found = load(torch_file(value, SIX + elements(-7, kind="q"), ["0", "n"]))
    assert found["transposed"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert found["tail"].tolist() == [4, 5]
    assert found["scalar"].dtype == np.int64
    assert found["scalar"].shape == ()
    assert found["scalar"].tolist() == -7
    assert all(array.flags.c_contiguous for array in found.values())


def test_modules_metadata_is_dropped() -> None:
    value = Raw(
        code(state(w=tensor(storage()))) + b"}X\x09\x00\x00\x00_metadataX\x01\x00\x00\x00xsb"
    )
    assert set(load(torch_file(value))) == {"w"}


@pytest.mark.parametrize(
    ("opcodes", "asked"),
    [
        (b"cposix\nsystem\n(X\x04\x00\x00\x00truetR", "posix.system"),
        (b"cos\nsystem\n(X\x04\x00\x00\x00truetR", "os.system"),
        (b"(X\x04\x00\x00\x00trueios\nsystem\n", "os.system"),
        (b"X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93", "os.system"),
        (b"cbuiltins\neval\n", "builtins.eval"),
        (b"cnumpy\nndarray\n", "numpy.ndarray"),
        (b"ctorch._utils\n_rebuild_tensor\n", "torch._utils._rebuild_tensor"),
        (b"ctorch\nHalfStorage\n", "torch.HalfStorage"),
        (b"ccollections\nOrderedDict.fromkeys\n", "collections.OrderedDict.fromkeys"),
    ],
)
def test_other_globals_are_refused_by_name(opcodes: bytes, asked: str) -> None:
    assert f"asks for {asked}; only collections.OrderedDict" in refused(torch_file(Raw(opcodes)))


def test_nothing_is_run_even_from_the_header(tmp_path: Path) -> None:
    proof = tmp_path / "proof"

    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(proof),)

    for place in range(3):
        header: list[Any] = [MAGIC, PROTOCOL, SYS_INFO]
        header[place] = Hostile()
        assert "asks for posix.mkdir" in refused(torch_file(state(), header=header))
    hostile = Raw(pickle.dumps(Hostile(), 2)[2:-1])
    assert "asks for posix.mkdir" in refused(torch_file(hostile))
    assert "asks for posix.mkdir" in refused(torch_file(state(), keys=[Hostile()]))
    assert not proof.exists()


@pytest.mark.parametrize("name", [ORDERED, REBUILD, FLOAT])
def test_allowed_globals_cant_be_altered(name: str) -> None:
    altered = Raw(code(named(name)) + b"N}X\x05\x00\x00\x00_callI1\ns\x86b")
    assert "damaged" in refused(torch_file(altered))
    assert load(torch_file(state(w=tensor(storage())))).keys() == {"w"}


NO_STORAGE, NOT_MADE_OF = "only storages are allowed", "not made of a type, a key and a count"


@pytest.mark.parametrize(
    ("pid", "words"),
    [
        (("module", named(ORDERED), "a.py", "source"), NO_STORAGE),
        (("storage", named(FLOAT), "0", "cpu", 6), NO_STORAGE),
        (("storage", named(ORDERED), "0", "cpu", 6, None), NOT_MADE_OF),
        (("storage", named(FLOAT), 0, "cpu", 6, None), NOT_MADE_OF),
        (("storage", named(FLOAT), "0", "cpu", "6", None), NOT_MADE_OF),
        (("storage", named(FLOAT), "0", "cpu", True, None), NOT_MADE_OF),
        (("storage", named(FLOAT), "0", "cpu", 6, ("0", 0, 3)), "part of another one"),
        ("storage", NO_STORAGE),
    ],
)
def test_other_persistent_ids_are_refused(pid: object, words: str) -> None:
    assert words in refused(torch_file(Raw(code(pid) + b"Q")))


@pytest.mark.parametrize(
    ("size", "stride", "offset"),
    [
        ((2, 3), (3, 2), 0),
        ((2, 3), (4, 1), 0),
        ((7,), (1,), 0),
        ((1,), (1,), 6),
        ((), (), 6),
        ((2, 3), (3, 1), 1),
        ((2, 3), (3, 1), -1),
        ((2,), (-1,), 5),
        ((2, 3), (3,), 0),
        ((-2, 3), (3, 1), 0),
        ((0, 3), (3, 1), 0),
        ((1 << 40,), (0,), 0),
        ((1 << 62, 1 << 62), (0, 0), 0),
        ((2,), (1 << 62,), 0),
        ((1,) * 9, (1,) * 9, 0),
    ],
)
def test_views_out_of_their_storage_are_refused(
    size: tuple[int, ...], stride: tuple[int, ...], offset: int
) -> None:
    assert "tensor 'w'" in refused(torch_file(state(w=tensor(storage(), size, stride, offset))))


@pytest.mark.parametrize(
    "value",
    [
        state(w=call(REBUILD, "storage", 0, (6,), (1,), False, None)),
        state(w=call(REBUILD, storage(), "0", (6,), (1,), False, None)),
        state(w=call(REBUILD, storage(), 0, 6, 1, False, None)),
        state(w=call(REBUILD, storage(), 0, (True,), (1,), False, None)),
        state(w=call(REBUILD, storage())),
        state(w=storage()),
        state(w=1),
        tensor(storage()),
        Raw(b"I1\n"),
    ],
)
def test_anything_but_tensors_by_name_is_refused(value: Raw) -> None:
    refused(torch_file(value))


@pytest.mark.parametrize("count", [5, 7, -1, 1 << 40, 1 << 62])
def test_counts_that_the_file_does_not_hold_are_refused(count: int) -> None:
    assert "expect" in refused(torch_file(state(w=tensor(storage(count=count)))))


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (-1, "holds -1 elements"),
        (7, "cut short: storage '0' needs the bytes up to"),
        (1 << 40, "cut short: storage '0' needs the bytes up to"),
        ((1 << 63) - 1, "cut short: storage '0' needs the bytes up to"),
    ],
)
def test_oversized_storage_is_refused(count: int, words: str) -> None:
    tail = struct.pack("<q", count) + SIX[8:]
    assert words in refused(torch_file(state(w=tensor(storage(count=count))), tail))


def test_storage_declared_twice_differently_is_refused() -> None:
    value = state(a=tensor(storage()), b=tensor(storage(count=3), (3,), (1,)))
    assert "declared twice" in refused(torch_file(value))


@pytest.mark.parametrize("keys", [[], ["0", "0"], ["1"], ["0", "1"], [0]])
def test_keys_must_be_those_in_use(keys: list[Any]) -> None:
    assert "storage" in refused(torch_file(state(w=tensor(storage())), keys=keys))


def test_lengths_and_indices_that_cost_memory_are_refused() -> None:
    put = Raw(b"Nr\xff\xff\xff\xff")
    assert "memo index 4294967295 out of range" in refused(torch_file(put))
    text = Raw(b"\x8d" + struct.pack("<Q", 1 << 62))
    assert "cut short or damaged" in refused(torch_file(text))


def test_torch_is_not_here() -> None:
    """The reader must work without it, so the tests must run without it."""
    assert importlib.util.find_spec("torch") is None
