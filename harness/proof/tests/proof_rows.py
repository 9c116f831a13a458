"""Rows of a proof with few fields set."""

from typing import Any

from harness.proof.proof_row import ProofRow


def make_proof_row(**fields: Any) -> ProofRow:
    named = {"model": "net", "change": "fault", "kind": "weight_scaled", "where": "conv"}
    about = {"image": "owl.jpg", "candidate": "relax-host", "status": "match"}
    figures = {"moved": 0.0, "noise": 1e-5, "top_score": 0.5, "error_ratio": 1.0}
    return ProofRow(**{**named, **about, **figures, **fields})
