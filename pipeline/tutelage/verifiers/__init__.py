"""Verifiers: each says whether an answer satisfies a checkable demand, and if not, why."""
