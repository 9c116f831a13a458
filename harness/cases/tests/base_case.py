"""The shortest valid case file, which tests append to."""

BASE = """\
[model]
path = 'm.pb'
[[images]]
path = 'a.jpg'
"""
