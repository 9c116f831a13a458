"""Pretrained models made from weights that installed packages contain, without a download.

`models` has the recipes. Nothing in a pickle is executed (`inert_pickle`). Never imports torch.
"""
