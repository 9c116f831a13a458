"""Where the model, the images and the class labels of a case come from."""

from typing import Literal

from pydantic import Field, model_validator

from harness.cases.section import Hex40, Hex64, Name, Section


class Asset(Section):
    """A file: give exactly one of `path`, `url`, `package` or (for models) `zoo`."""

    path: str | None = None
    """File, or glob for images, relative to the case file's folder."""
    url: str | None = Field(default=None, pattern=r"^https?://")
    """Address; needs `sha256` or `git_blob`."""
    package: str | None = None
    """Installed distribution that ships the file; needs `file`."""
    file: str | None = None
    """Path (or glob, for images) inside the package, as its RECORD lists it."""
    zoo: Literal["efficientnet-lite0"] | None = None
    """A model that the harness makes from an installed package."""
    sha256: Hex64 | None = None
    """SHA-256 of the content."""
    git_blob: Hex40 | None = None
    """Git blob id of the content, where that is what the publisher gives."""

    @model_validator(mode="after")
    def _one_source(self) -> "Asset":
        given = [k for k in ("path", "url", "package", "zoo") if getattr(self, k) is not None]
        if len(given) != 1:
            found = ", ".join(given) or "none"
            raise ValueError(f"give exactly one of path, url, package, zoo; found {found}")
        if self.url and not (self.sha256 or self.git_blob):
            raise ValueError("a url needs a digest: add sha256 or git_blob")
        if (self.package is None) != (self.file is None):
            raise ValueError("package and file belong together; one of them is missing")
        return self


class Image(Asset):
    """An image file; a glob stands for several."""

    name: Name | None = None
    """Name in node ids and tables; by default the file's own."""

    @model_validator(mode="after")
    def _no_zoo(self) -> "Image":
        if self.zoo:
            raise ValueError("zoo makes models, not images")
        return self


class ModelSource(Asset):
    """The model that the reference runs: a GraphDef, a SavedModel, a Keras, ONNX or TFLite file."""

    input: str | None = None
    """Input tensor, for example `DecodeJpeg/contents`; found by itself where unambiguous."""
    output: str | None = None
    """Output tensor, for example `softmax`; found by itself where unambiguous."""


class Labels(Section):
    """Class index → English name."""

    names: Asset | None = None
    """One name a line, a JSON list, or a JSON object from index to name."""
    label_map: Asset | None = None
    """TensorFlow's `*_label_map_proto.pbtxt`: node id → synset; needs `synsets`."""
    synsets: Asset | None = None
    """TensorFlow's `*_synset_to_human_label_map.txt`: synset → English."""

    @model_validator(mode="after")
    def _one_form(self) -> "Labels":
        if (self.label_map is None) != (self.synsets is None):
            raise ValueError("label_map and synsets belong together; one of them is missing")
        if (self.names is None) == (self.label_map is None):
            raise ValueError("give either names, or label_map with synsets")
        return self
