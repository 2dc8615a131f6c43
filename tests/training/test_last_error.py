"""What went wrong in a training child reaches the user as one line."""

import pytest
from tutelage.training.why_failed import last_error
from tutelage.training.worker import in_one_line


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (
            "Traceback (most recent call last):\n  File x\nValueError: no wandb\n",
            "ValueError: no wandb",
        ),
        (
            "[rank1]: torch.OutOfMemoryError: CUDA out of memory.\nE1128 10:42:10.018000 176 torch/"
            "distributed/elastic/multiprocessing/api.py:1002] failed (exitcode: 1) local_rank: 1\n",
            "[rank1]: torch.OutOfMemoryError: CUDA out of memory.",
        ),
        ("loading\nSegmentation fault\n", "Segmentation fault"),
        ("", "it left no output"),
    ],
)
def test_the_trainers_own_last_error_is_found(output: str, line: str) -> None:
    assert last_error(output) == line


def test_an_error_of_many_lines_is_one_with_its_cause() -> None:
    try:
        try:
            raise KeyError("q_proj")
        except KeyError as cause:
            raise RuntimeError("cannot\n  load") from cause
    except RuntimeError as exc:
        assert in_one_line(exc) == "RuntimeError: cannot load (KeyError: 'q_proj')"
