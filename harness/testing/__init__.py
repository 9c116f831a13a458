"""What tests of several rooms share: fixtures, small graphs and images, fake stacks, benchmarks.

Never imported by the product.
"""
