"""Reward models: trained from pairs, measured on pairs held back, read only where they are one."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.known_inputs import Known
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import InputError, RowsError
from tutelage.models.answered import Answered
from tutelage.models.chat import Message
from tutelage.models.reward_scorer import check_reward_model, reward_scores, vocabulary_of
from tutelage.stages import KTO, Reward
from tutelage.training.adapter import Adapter
from tutelage.training.follow import lines_for_user
from tutelage.training.reward_accuracy import reward_accuracy

from tests.stages.fakes import row
from tests.training.conftest import Train
from tests.training.row_files import demonstrations, pairs, said

FAST: dict[str, Any] = {"learning_rate": 3e-3, "bf16": False, "batch_size": 4}


def preferences(count: int) -> list[Row]:
    """`berth` is better than `crane`, whatever the length."""
    made = []
    for n in range(count):
        good, bad = "berth " * (1 + n % 4), "crane " * (1 + (n * 3) % 5)
        made.append(row(f"pair{n}", chosen=said(good + str(n)), rejected=said(bad + str(n))))
    return made


def scored(folder: Path, *answers: str) -> list[float]:
    prompt: Message = {"role": "user", "content": "Where does it lie?"}
    return reward_scores(folder, [Answered([prompt], answer) for answer in answers])


@pytest.mark.parametrize("adapter", [None, Adapter(rank=4, alpha=8)])
def test_it_learns_what_pairs_prefer_and_says_how_well(
    train: Train, adapter: Adapter | None
) -> None:
    stage = Reward(**FAST, epochs=12.0, validation=0.25, adapter=adapter)
    done = train(stage, preferences(24))
    (line,) = [line for line in done.log if "finding" in line]
    figures = line["reward_model"]
    assert figures["pairs"] == 6
    assert figures["accuracy"] == 1.0
    assert figures["low"] < 1.0 == figures["high"]
    assert lines_for_user(line)[0].startswith(
        "ranks 100% of 6 pairs held back right (95% interval "
    )
    good, bad = scored(done.folder, "berth berth 3", "crane crane 3")
    assert good > bad
    check_reward_model(done.folder)


def test_scores_do_not_depend_on_their_batch(train: Train) -> None:
    done = train(Reward(**FAST, validation=0.0), preferences(8))
    answers = ["berth " * n for n in range(1, 20)]
    together = scored(done.folder, *answers)
    assert together == pytest.approx([scored(done.folder, one)[0] for one in answers], abs=1e-5)


def test_margins_are_the_pairs_own(train: Train) -> None:
    rows = [pair | {"margin": 2.0} for pair in preferences(8)]
    asked = train(Reward(**FAST, validation=0.0, margins=True), rows, "asked")
    plain = train(Reward(**FAST, validation=0.0), rows, "plain")
    assert asked.curve()[0] > plain.curve()[0] + 1
    with pytest.raises(RowsError, match="pair0: lacks a number under `margin`"):
        train(Reward(**FAST, margins=True), preferences(8), "none")


def test_length_alone_is_told() -> None:
    rows = [
        row(f"p{n}", chosen=said("a " * (n + 3)), rejected=said("a " * (n + 1))) for n in range(10)
    ]
    figures = reward_accuracy(rows, [(float(n + 3), float(n + 1)) for n in range(10)])
    assert figures.longer_wins == figures.accuracy == 1.0
    assert figures.length_correlation == pytest.approx(1.0)
    assert "hardly more than length explains" in figures.in_words()
    level = reward_accuracy(rows, [(0.0, 0.0)] * 10)
    assert level.accuracy == 0.5
    assert "by leaf" not in level.in_words()
    mixed = reward_accuracy([rows[0] | {"leaf": "a"}, *rows[1:]], [(0.0, 1.0), *[(1.0, 0.0)] * 9])
    assert mixed.by_leaf["a"] == (0.0, 1)
    assert "by leaf: a 0% of 1, " in mixed.in_words()
    assert level.length_correlation is None


def test_what_is_no_reward_model_is_refused_in_a_line(
    train: Train, student: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no reward model: it is a LlamaForCausalLM"):
        check_reward_model(student)
    done = train(Reward(**FAST, validation=0.0), preferences(8))
    other = tmp_path / "other"
    shutil.copytree(done.folder, other)
    config = json.loads((other / "config.json").read_text(encoding="utf-8"))
    (other / "config.json").write_text(json.dumps(config | {"vocab_size": 9}), encoding="utf-8")
    with pytest.raises(InputError, match="the tokenizer is another model's: it has a token"):
        check_reward_model(other)
    assert vocabulary_of(done.folder) == vocabulary_of(student) != ""
    writes = train(KTO(**FAST, adapter=Adapter(rank=2)), pairs(6), "adapter")
    with pytest.raises(InputError, match="trained to write answers, not to score"):
        check_reward_model(writes.folder)
    with pytest.raises(InputError, match="merge it into its base first"):
        train(Reward(**FAST), preferences(8), "of-adapter", writes.folder)


def test_kto_learns_from_pairs_and_from_single_answers(train: Train) -> None:
    singles = [one | {"label": n % 3 > 0} for n, one in enumerate(demonstrations(9))]
    assert len(train(KTO(**FAST, epochs=2.0), singles, "singles").curve()) == 6
    assert len(train(KTO(**FAST, epochs=1.0), pairs(4), "pairs").curve()) == 2
    with pytest.raises(RowsError, match="all 3 answers are good: KTO needs both kinds"):
        train(KTO(**FAST), [one | {"label": True} for one in demonstrations(3)], "one-kind")
    with pytest.raises(RowsError, match="lacks `label`"):
        train(KTO(**FAST), [*singles, *demonstrations(1)], "unlabelled")
    worded = [one | {"label": "true"} for one in demonstrations(2)]
    with pytest.raises(RowsError, match="lacks `label`"):
        train(KTO(**FAST), worded, "worded")
    known = Known({"rows": [Rows(worded)]}, {})
    with pytest.raises(RowsError, match="lacks `label`"):
        KTO(**FAST).check_known(known, None)
    KTO(**FAST).check_known(Known({"rows": [Rows([*singles, *pairs(1)])]}, {}), None)
