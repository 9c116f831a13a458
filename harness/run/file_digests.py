"""Names and digests of a task's files where no program has read them."""

import hashlib
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from harness.cases.asset_sections import Asset
from harness.errors import AssetError
from harness.execution.frozen_models import needs_freezing
from harness.inputs.assets import Assets
from harness.inputs.download import without_secrets

MAX_BYTES = 2 << 30
"""A larger file is read by no program here: protobuf allows 2 GiB."""


def asset_name(asset: Asset, base: Path) -> str:
    """An asset as its case names it; a path below the case's folder from there.

    >>> asset_name(Asset(path="/home/me/[[]1].pb"), Path("/home/me"))
    '[1].pb'
    >>> asset_name(Asset(zoo="efficientnet-lite0"), Path())
    'zoo:efficientnet-lite0'
    """
    if asset.url:
        return without_secrets(asset.url)
    if asset.zoo:
        return f"zoo:{asset.zoo}"
    if asset.package:
        return f"{asset.package}/{asset.file}"
    path = PurePosixPath(re.sub(r"\[([*?[])\]", r"\1", asset.path or ""))
    return str(path.relative_to(base) if path.is_relative_to(base) else path)


def known_sha256(asset: Asset, assets: Assets) -> str:
    """SHA-256 of an asset: the one that its case gives, else that of the file on this machine.

    Empty where there is neither; nothing is downloaded for it.
    """
    if asset.sha256:
        return asset.sha256
    try:
        path = replace(assets, offline=True).fetch(asset)
        if needs_freezing(path):  # the row's digest is that of the frozen graph
            return ""
        facts = path.stat()
        return "" if facts.st_size > MAX_BYTES else _sha256(path, facts.st_mtime_ns)
    except (AssetError, OSError):
        return ""


@lru_cache(maxsize=1024)
def _sha256(path: Path, _modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
