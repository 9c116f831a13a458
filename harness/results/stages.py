"""The stages between a GraphDef and scores, in their order."""

STAGES = ("convert", "import", "optimize", "build")
"""What steps may be called, in their order; the last stage of all is the run."""
