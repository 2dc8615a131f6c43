"""Verifiers: each says whether an answer satisfies a checkable demand, and if not, why."""

from pipeline.verifiers.verifier import (
    Verifier,
    build_verifiers,
    exam_verifiers,
    first_failure,
    leaf_verifiers,
)

__all__ = ["Verifier", "build_verifiers", "exam_verifiers", "first_failure", "leaf_verifiers"]
