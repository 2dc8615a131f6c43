"""A checkpoint counts only when it is whole, and goes only when a later one is."""

from pathlib import Path

from tutelage.training.checkpoints import last_whole, mark_whole, remove_broken, step_of


def write(work: Path, step: int) -> Path:
    folder = work / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"0")
    return folder


def test_an_unfinished_checkpoint_does_not_count(tmp_path: Path) -> None:
    assert last_whole(tmp_path / "none") is None
    mark_whole(write(tmp_path, 9))
    write(tmp_path, 10)
    assert last_whole(tmp_path) == tmp_path / "checkpoint-9"
    remove_broken(tmp_path)
    assert [step_of(folder) for folder in tmp_path.iterdir()] == [9]


def test_older_ones_go_once_a_later_one_is_whole(tmp_path: Path) -> None:
    for step in (9, 10):
        mark_whole(write(tmp_path, step))
    assert [folder.name for folder in tmp_path.iterdir()] == ["checkpoint-10"]
    mark_whole(write(tmp_path, 11), keep=tmp_path / "checkpoint-10")
    assert {step_of(folder) for folder in tmp_path.iterdir()} == {10, 11}
    assert last_whole(tmp_path) == tmp_path / "checkpoint-11"
