"""How inputs are made: valid ones of every format, and small changes that leave most of it valid.

Everything draws from a `random.Random`: Hypothesis gives one that it can shrink, the long run one
of a seed.
"""
