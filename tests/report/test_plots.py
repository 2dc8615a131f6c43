"""What plots say beside their lines."""

from tutelage.report.plots import curve_plot


def test_a_tick_is_the_value_itself() -> None:
    drawn = str(curve_plot({"entropy": [[1, 5.64850], [2, 5.64865]]}, 400))
    assert ">5.64850<" in drawn and "+5.6" not in drawn
