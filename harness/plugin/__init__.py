"""The pytest plugin `harness.plugin`: options, items of case files, the summary.

The only room that imports pytest. Imports `run` and the rooms below; never the command line.
"""

from harness.plugin.hooks import *  # noqa: F403
