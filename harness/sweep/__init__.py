"""Sweeps: both programs over a dataset, in blocks, on Dask; tables, statistics, gates and a page.

Images become rows in `images`, `blocks` and `parts`; `statistics`, `gates` and `page` are of those
rows alone and run no program. Imports `run`, `reports` and the rooms below; never pytest or the
command line.
"""
