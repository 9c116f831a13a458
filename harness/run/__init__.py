"""One run: settings, planning, preparing an image, the pipeline, attribution, rows, completeness.

Imports every room below and joins them; never pytest or the command line.
"""
