"""How the window answers refusals."""

from tutelage.models.engines.window import Window


def test_rare_refusals_leave_the_window_whole() -> None:
    window = Window(64)
    for number in range(5000):
        window.record(refused=number % 20 == 0)
    assert window.size == 64


def test_overload_halves_it_down_to_one_and_answers_raise_it_again() -> None:
    window = Window(64)
    for _ in range(64):
        window.record(refused=True)
    assert 30 < window.size < 36
    for _ in range(1000):
        window.record(refused=True)
    assert window.size == 1
    for _ in range(5000):
        window.record(refused=False)
    assert window.size == 64


def test_a_server_that_refuses_a_fifth_at_random_still_gets_work() -> None:
    window = Window(64)
    for number in range(20_000):
        window.record(refused=number % 5 == 0)
    assert window.size > 20
