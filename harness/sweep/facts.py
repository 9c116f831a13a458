"""What was run: the facts of a sweep that its table does not hold."""

from pydantic import BaseModel, ConfigDict, Field


class SweepFacts(BaseModel):
    """Facts of one sweep, as sweep.json has them."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    title: str
    """What was swept, for people: the case, or the dataset."""
    command: str = ""
    """The command line, as it was typed."""
    source: str = ""
    """Where the images come from, for people."""
    started: str = ""
    """ISO 8601, UTC; empty where it is not known."""
    finished: str = ""
    """ISO 8601, UTC; empty where the sweep did not end."""
    selected_images: int = Field(default=0, ge=0)
    """Images that each candidate and scope was to see."""
    finished_images: int = Field(default=0, ge=0)
    """Images of which every selected candidate and scope has its row."""
    random_order: bool = False
    """Whether the images came in random order, so that any first part is a random sample."""
    seconds: float = Field(default=0.0, ge=0)
    """Wall clock of the sweep, all its sessions together."""
    images_per_second: float = Field(default=0.0, ge=0)
    """Finished images a second; 0 where it was not measured."""
    versions: dict[str, str] = Field(default={})
    """Program or package → its version."""
    notes: tuple[str, ...] = ()
    """What a reader must know, a sentence each."""

    @property
    def complete(self) -> bool:
        """Whether every selected image finished."""
        return self.finished_images >= self.selected_images
