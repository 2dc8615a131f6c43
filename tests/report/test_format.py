"""How numbers read."""

import pytest
from tutelage.report.format import duration, percent, probability, signed, usd, usd_range


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "unknown"),
        (0, "$0"),
        (1234.5, "$1,234.50"),
        (150.0, "$150"),
        (0.3, "$0.30"),
        (0.06, "$0.06"),
        (0.00041234, "$0.00041"),
        (0.00000901, "$0.000009"),
    ],
)
def test_amounts(amount: float | None, text: str) -> None:
    assert usd(amount) == text


def test_shares_and_differences() -> None:
    assert [percent(share) for share in (0, 0.004, 0.5, 0.996, 1)] == [
        "0%",
        "0.4%",
        "50%",
        "99.6%",
        "100%",
    ]
    assert [signed(d) for d in (0.124, -0.05, 0.004, 0)] == [
        "+12",
        "\u22125",
        "+0.4",
        "\u00b10",
    ]
    assert [probability(p) for p in (0.0001, 0.0312, 0.34)] == [
        "p < 0.001",
        "p = 0.031",
        "p = 0.34",
    ]
    assert [duration(s) for s in (3.21, 42, 150, 7260)] == [
        "3.2 s",
        "42 s",
        "2 min 30 s",
        "2 h 01 min",
    ]
    assert usd_range(0.3, 0.3) == "$0.30"
