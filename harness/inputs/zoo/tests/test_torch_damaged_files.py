"""Files that are cut short, damaged, or of another format."""

from collections.abc import Sequence
from typing import Any

import pytest

from harness.errors import AssetError
from harness.inputs.zoo import torch_pickle
from harness.inputs.zoo.tests.torch_files import (
    SIX,
    Raw,
    refused,
    state,
    storage,
    tensor,
    torch_file,
)
from harness.inputs.zoo.torch_pickle import MAGIC, PROTOCOL, SYS_INFO, load


def test_cut_short_anywhere_is_refused() -> None:
    data = torch_file(state(w=tensor(storage())))
    for length in range(len(data)):
        refused(data[:length])
    assert "cut short" in refused(data[:-1])
    assert "follow the last storage" in refused(data + b"\0")


def test_any_flipped_byte_is_refused_or_harmless() -> None:
    data = torch_file(state(w=tensor(storage())))
    for position in range(len(data)):
        for flip in (1, 0x80, 0xFF):
            damaged = bytearray(data)
            damaged[position] ^= flip
            try:
                found = load(bytes(damaged))
            except AssetError:
                continue
            assert all(array.size * 4 < len(SIX) for array in found.values())


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ((MAGIC + 1, PROTOCOL, SYS_INFO), "magic number 0x1950a86a20f9469cfc6c"),
        (("text", PROTOCOL, SYS_INFO), "found 'text'"),
        ((MAGIC, 1002, SYS_INFO), "protocol 1001"),
        ((MAGIC, PROTOCOL, SYS_INFO | {"little_endian": False}), "little-endian"),
        ((MAGIC, PROTOCOL, {}), "sys_info"),
    ],
)
def test_foreign_headers_are_refused(header: Sequence[Any], message: str) -> None:
    assert message in refused(torch_file(state(), header=header))


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"no pickle", b"\x89PNG\r\n\x1a\n"])
def test_foreign_files_are_refused(data: bytes) -> None:
    assert "cut short or damaged" in refused(data)


def test_zip_of_newer_torch_is_named() -> None:
    assert "torch writes since 1.6" in refused(b"PK\x03\x04" + b"\0" * 50)


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_pickle, "MAX_FILE_BYTES", 10)
    assert "at most 10 are read" in refused(b"\0" * 11)


def test_tuples_that_take_years_to_hash_are_refused() -> None:
    doubled = Raw(b"}K\0" + b"2\x86" * 60 + b"Ns")
    assert "a tuple of more than" in refused(torch_file(doubled))


def test_numbers_beyond_64_bits_are_refused() -> None:
    huge = Raw(b"\x8b" + (4_000).to_bytes(4, "little") + b"\x7f" * 4_000)
    assert "not made of a storage" in refused(torch_file(state(w=tensor(storage(), (huge,), (1,)))))
    assert "a key and a count" in refused(torch_file(state(w=tensor(storage(count=1 << 80)))))
    assert "an offset" in refused(torch_file(state(w=tensor(storage(), (2,), (1 << 80,)))))
    assert "found 0x7f" in refused(torch_file(state(), header=(MAGIC, 0x7F << 40_000, SYS_INFO)))
