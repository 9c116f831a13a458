"""Defaults of settings that are found, not written down."""

from pathlib import Path


def default_reference() -> str:
    """Name of the usual reference's stack."""
    from harness.stacks.registry import DEFAULT_REFERENCE

    return DEFAULT_REFERENCE


def default_cache() -> Path:
    """The user's cache folder."""
    import platformdirs

    return platformdirs.user_cache_path("parity")
