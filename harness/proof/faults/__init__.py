"""Kinds of mistakes that porting a classifier makes, planted in a GraphDef.

`planting` chooses places; each `*_kinds` module registers its kinds. Imports `errors` and
`graphdef` alone.
"""
