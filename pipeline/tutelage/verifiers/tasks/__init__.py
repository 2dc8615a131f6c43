"""Verifiable tasks: seeded generators of problems whose answers a program checks.

In: names of makers and a difficulty. Out: rows with `prompt`, `answer` or `tests`, and worked
`reasoning`; those for training and those for an exam have no problem in common.
"""
