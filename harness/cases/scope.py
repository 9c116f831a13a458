"""The two things that a case can judge."""

from typing import Literal

Scope = Literal["graph", "end_to_end"]
"""`graph`: both programs get the same tensor. `end_to_end`: both get the same image file."""
SCOPES: tuple[Scope, ...] = ("graph", "end_to_end")
