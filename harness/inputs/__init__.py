"""From a name, path, URL or package to a verified file; from image bytes to pixels and a tensor.

Also class labels, and `zoo`: models made from installed packages. Imports `cases` and the rooms
below; never runs a program and never imports TensorFlow or TVM.
"""
