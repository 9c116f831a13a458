"""A Relax module on disk, as one build step hands it to the next."""

from pathlib import Path
from typing import Any

MODULE = "module.json"


def save_module(module: Any, folder: str) -> None:
    """Write an IRModule into the folder, its constants included."""
    from tvm import ir

    (Path(folder) / MODULE).write_text(ir.save_json(module), encoding="utf-8")


def load_module(folder: str) -> Any:
    """The IRModule that `save_module` wrote into the folder."""
    from tvm import ir

    return ir.load_json((Path(folder) / MODULE).read_text(encoding="utf-8"))
