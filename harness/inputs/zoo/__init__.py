"""Trained models made from weights inside installed packages, without a download of their own.

`models` has the recipes. Nothing of a pickle is executed (`inert_pickle`). Never imports torch.
"""
