"""Steps: every row once an epoch, the same for a seed, whatever the devices and micro-batches."""

import pytest
from tutelage.training.batches import Steps, micro_batches

LENGTHS = [(n * 37) % 101 for n in range(50)]


def test_every_row_is_taken_once_an_epoch() -> None:
    steps = Steps(LENGTHS, 8, seed=1)
    for epoch in range(3):
        steps.set_epoch(epoch)
        drawn = list(steps)
        assert len(drawn) == len(steps) == 7
        assert sorted(index for step in drawn for index in step) == list(range(50))


def test_the_order_is_drawn_from_seed_and_epoch() -> None:
    steps = Steps(LENGTHS, 8, seed=1)
    first = list(steps)
    assert list(Steps(LENGTHS, 8, seed=1)) == first
    assert list(Steps(LENGTHS, 8, seed=2)) != first
    steps.set_epoch(1)
    assert list(steps) != first
    steps.set_epoch(0)
    assert list(steps) == first


def test_rows_of_like_length_are_together_and_the_longest_come_first() -> None:
    lengths = [n % 2 * 100 + n for n in range(64)]
    steps = list(Steps(lengths, 4, seed=3))
    padding = sum(4 * max(lengths[i] for i in s) - sum(lengths[i] for i in s) for s in steps)
    assert padding < 0.2 * sum(lengths)
    assert 63 in steps[0]


@pytest.mark.parametrize(("rows", "devices", "micro"), [(8, 1, 8), (8, 2, 3), (5, 2, 2), (1, 3, 4)])
def test_devices_meet_at_micro_batches_of_one_size(rows: int, devices: int, micro: int) -> None:
    parts = [micro_batches(list(range(rows)), rank, devices, micro) for rank in range(devices)]
    sizes = [[max(len(batch), 1) for batch in part] for part in parts]  # none: one without weight
    assert all(size == sizes[0] for size in sizes)
    assert sorted(i for part in parts for batch in part for i in batch) == list(range(rows))
    assert max(max(size) for size in sizes) <= micro
