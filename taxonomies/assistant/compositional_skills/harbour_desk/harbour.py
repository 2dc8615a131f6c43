"""The tools of the harbour desk: what the sandbox runs when a model calls them."""

_BERTHS = {7: 8.0, 12: 11.0, 20: 12.5, 31: 15.0}
_CROWNS_PER_METRE = 3.0


def price(length: float, nights: int) -> dict[str, float]:
    """What a boat of a length in metres pays for some nights, in crowns."""
    return {"crowns": length * nights * _CROWNS_PER_METRE}


def find_berth(length: float) -> dict[str, float]:
    """The shortest berth that is long enough for a boat, with its length in metres."""
    number = min((n for n, size in _BERTHS.items() if size >= length), key=_BERTHS.__getitem__)
    return {"berth": number, "length": _BERTHS[number]}
