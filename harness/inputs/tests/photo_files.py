"""A file that stands for a photo, its digest and its address."""

import hashlib
from pathlib import Path

CONTENT = b"a photo"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = "https://example.org/photos/my%20owl.jpg?raw=1"


def put(path: Path, content: bytes = CONTENT) -> Path:
    """Write the content, with the folders above it; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
