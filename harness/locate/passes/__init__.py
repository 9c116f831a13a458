"""Which application of a compiler's pass makes a program's scores wrong, by bisection.

Holds the bisection over the number of applications that may run, the builds and runs that it asks
for, and the difference of the intermediate code around the application that it names.
"""
