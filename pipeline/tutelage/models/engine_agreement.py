"""Whether two engines of one model answer alike."""

from collections.abc import Mapping, Sequence

from tutelage.models.chat import Engine, Request


def texts(engine: Engine, requests: Sequence[Request]) -> dict[str, str]:
    """What an engine answers, by the requests' ids."""
    return {completion.request.id: completion.text for completion in engine.complete(requests)}


def share_equal(one: Mapping[str, str], other: Mapping[str, str]) -> float:
    """The share of `one`'s texts that `other` has alike under the same id, 0 to 1."""
    return sum(other.get(name) == text for name, text in one.items()) / len(one)
