"""Whether the values of a column have one shape, so that Parquet holds them as they are."""

from collections.abc import Iterable
from typing import Any

_LARGEST = 2**63
_EXACT = 2**53
"""Integers below it stay what they are beside fractions."""


def is_even(values: Iterable[Any]) -> bool:
    """Whether all values are of one kind: text, numbers, lists of one kind, mappings of equal keys.

    None fits anywhere. An empty mapping does not, nor one that lacks a key of another: in Parquet
    every row has the keys of all.
    """
    found = [value for value in values if value is not None]
    if not found:
        return True
    kinds = {type(value) for value in found}
    if kinds == {str} or kinds == {bool}:
        return True
    if kinds == {int}:
        return all(-_LARGEST <= value < _LARGEST for value in found)
    if kinds <= {int, float}:
        return all(isinstance(value, float) or abs(value) < _EXACT for value in found)
    if kinds == {list}:
        return is_even(part for value in found for part in value)
    if kinds == {dict}:
        return _are_alike(found)
    return False


def _are_alike(found: list[dict[str, Any]]) -> bool:
    keys = found[0].keys()
    if not keys or not all(isinstance(key, str) for key in keys):
        return False
    return all(value.keys() == keys for value in found) and all(
        is_even(value[key] for value in found) for key in keys
    )
