"""Test-time compute on fake models: one pool, every strategy, what is said of it, bad input."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tutelage.accounting.ledger import Ledger
from tutelage.contract.context import Context, Silent
from tutelage.core.artifacts import Checkpoint
from tutelage.core.config import parse
from tutelage.core.errors import RecipeError
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.choosers import by_reward
from tutelage.evaluation.test_time.first_wrong import ProcessSteps
from tutelage.evaluation.test_time.overuse import overuse
from tutelage.evaluation.test_time.spend import Spend
from tutelage.evaluation.test_time.strategies import Line
from tutelage.models import reward_scorer
from tutelage.models.answered import Answered
from tutelage.models.chat import Message
from tutelage.models.journal import Journal
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages.evaluate import Evaluate
from tutelage.testing.tiny_student import write_tiny_student

QUESTIONS = 24


def sums(messages: tuple[Message, ...], seed: int) -> str:
    """Adds two numbers; three times of five right, and never wrong the same way twice."""
    turns = [turn["content"] for turn in messages if turn["role"] == "user"]
    first, second = (int(word) for word in turns[0].split() if word.isdigit())
    off = 0 if seed % 5 < 3 or len(turns) > 1 else 1 + seed % 7
    if messages[-1]["role"] == "assistant":
        return f"Answer: {first + second}"
    result = first + second + off
    return f"{first} + {second} = {result}\nAnswer: {result}"


def thinker(messages: tuple[Message, ...], seed: int) -> str:
    """Thinks, then answers rightly."""
    first, second = (int(word) for word in messages[0]["content"].split() if word.isdigit())
    return f"<think>I add them up.</think>{first + second}"


def apart(messages: tuple[Message, ...], seed: int) -> str:
    """As `sums`, with its steps between marks."""
    steps, _, answer = sums(messages, seed).rpartition("\n")
    return f"<think>{steps}</think>{answer}"


def flattered(messages: tuple[Message, ...], seed: int) -> str:
    """A judge that likes wrong sums; it sees no reference."""
    assert "reference" not in messages[-1]["content"]
    shown = messages[-1]["content"]
    first, second = (int(word) for word in shown.split("What is ")[1].split()[:3:2])
    right = f"Answer: {first + second}" in shown
    return f"I added it up.\nGrade: {0 if right else 1}"


def model(name: str) -> Model:
    text = f"scripted:{__name__}:{name}"
    reference = parse_reference(text, Path())
    return Model(name, reference, ModelConfig(ref=text), reference.identity())


def context(folder: Path) -> Context:
    return Context("exam", folder, 1, Journal(folder / "journal.sqlite"), Ledger(), Silent())


def stage(folder: Path, **settings: Any) -> Evaluate:
    file = folder / "sums.jsonl"
    lines = [
        {"question": f"What is {n + 3} plus {2 * n + 5} ?", "answer": str(3 * n + 8)}
        for n in range(QUESTIONS)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return made_with({"path": str(file), "metric": "numeric"}, {"samples": [1, 2, 4, 8]} | settings)


def made_with(benchmark: dict[str, Any], settings: dict[str, Any]) -> Evaluate:
    fields = {"benchmarks": {"sums": benchmark}, "general": False, "test_time": settings}
    return parse(Evaluate, fields, "exam", error=RecipeError)


def study(folder: Path, judge: Model | None = None, **settings: Any) -> dict[str, Any]:
    made = stage(folder, **settings).run(context(folder), [model("sums")], judge=judge)
    (found,) = made.stats["test_time"]
    return dict(found)


def scores(found: dict[str, Any], name: str) -> list[float]:
    return [line["score"] for line in found["lines"] if line["name"] == name]


def test_voting_and_checked_steps_beat_one_answer_and_the_oracle_is_a_bound(tmp_path: Path) -> None:
    found = study(tmp_path, choose=["majority", "verifier"], verify=["steps"])
    majority, oracle = scores(found, "majority"), scores(found, "oracle")
    assert majority[0] == pytest.approx(0.6, abs=0.1)
    assert majority[-1] > 0.9
    assert scores(found, "verifier") == pytest.approx(oracle)  # its steps tell right from wrong
    assert all(a <= b + 1e-9 for a, b in zip(majority, oracle, strict=True))
    one, *_, eight = (line for line in found["lines"] if line["name"] == "majority")
    assert eight["tokens"] == pytest.approx(8 * one["tokens"])
    assert one["low"] <= one["score"] <= one["high"]
    gain = next(g for g in found["gains"] if (g["name"], g["samples"]) == ("majority", 8))
    assert gain["against"] == "one answer"
    assert gain["beyond_noise"]
    assert any(law["name"] == "majority" for law in found["laws"])


def test_one_greedy_answer_is_a_strategy_that_the_others_must_beat(tmp_path: Path) -> None:
    found = study(tmp_path, choose=["majority"])
    (greedy,) = (line for line in found["lines"] if line["strategy"] == "greedy")
    assert greedy["samples"] == 1
    against = [g for g in found["gains"] if g["against"] == "one greedy answer"]
    assert {(g["name"], g["samples"]) for g in against} >= {("majority", 2), ("majority", 8)}


def test_steps_that_stand_apart_are_checked_and_not_drawn_anew(tmp_path: Path) -> None:
    made = stage(tmp_path, choose=["verifier"], verify=["steps"], resample_steps=[0, 1])
    (found,) = made.run(context(tmp_path), [model("apart")]).stats["test_time"]
    assert scores(found, "verifier") == pytest.approx(scores(found, "oracle"))
    assert any("its steps stand apart" in note for note in found["notes"])


def test_a_chooser_that_likes_what_is_wrong_is_seen_and_said(tmp_path: Path) -> None:
    found = study(tmp_path, model("flattered"), choose=["judge"], samples=[1, 4, 8])
    falling = scores(found, "judge")
    assert falling[0] > falling[1] > falling[2]
    (fall,) = (one for one in found["overuse"] if one["name"] == "judge")
    assert fall["verdict"] == "falls"
    assert fall["proxy_rises"]
    assert "over-optimised" in fall["words"]
    assert not any(law["name"] == "judge" for law in found["laws"])


def test_accuracy_that_does_not_change_is_no_fall() -> None:
    never = np.zeros(3)
    used = (Spend(),) * 3
    flat = [Line("majority", n, never, used) for n in (1, 2, 4)]
    guided = [Line("step-guided resampling", 1, never + 1 - n, used, resample=n) for n in (0, 1)]
    assert overuse([*flat, *guided], ["sums"] * 3) == []


def test_revision_and_resampled_steps_are_counted_with_all_that_they_use(tmp_path: Path) -> None:
    found = study(tmp_path, revise=[0, 1], resample_steps=[0, 1], samples=[1, 2, 4])
    revised = [line for line in found["lines"] if line["revise"] == 1]
    assert [line["samples"] for line in revised] == [1, 2, 4]
    assert revised[0]["score"] == 1.0
    one = next(line for line in found["lines"] if line["name"] == "majority")
    assert revised[0]["tokens"] == pytest.approx(2 * one["tokens"], rel=0.05)
    before, after = (line for line in found["lines"] if line["strategy"].startswith("step-guided"))
    assert before["score"] + 0.1 < after["score"]
    assert one["tokens"] < after["tokens"] < 2 * one["tokens"]


@pytest.mark.parametrize(
    ("samples", "chains", "sizes", "revised"),
    [
        ([8, 16], 4, [1, 4, 8, 16], [1, 4]),
        ([1, 8, 16], 4, [1, 4, 8, 16], [1, 4]),
        ([1, 2, 8], 16, [1, 2, 8], [1, 2, 8]),
    ],
)
def test_all_revised_answers_and_one_answer_are_shown(
    tmp_path: Path, samples: list[int], chains: int, sizes: list[int], revised: list[int]
) -> None:
    found = study(tmp_path, samples=samples, revise=[0, 1], chains=chains)
    majority = [line for line in found["lines"] if line["strategy"] == "majority"]
    assert [line["samples"] for line in majority if not line["revise"]] == sizes
    assert [line["samples"] for line in majority if line["revise"]] == revised
    gain = next(one for one in found["gains"] if one["samples"] == max(samples))
    change = scores(found, "majority")[-1] - scores(found, "majority")[0]
    assert (gain["against"], gain["difference"]) == ("one answer", pytest.approx(change))


def test_a_fall_is_seen_from_one_answer_on_where_samples_begin_with_more(tmp_path: Path) -> None:
    found = study(tmp_path, model("flattered"), choose=["judge"], samples=[2, 8])
    (fall,) = (one for one in found["overuse"] if one["name"] == "judge")
    assert fall["from_samples"] == 1


def test_a_step_whose_process_reward_falls_is_drawn_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scores_of(folder: Path, answered: list[Answered]) -> list[float]:
        """Likes right sums; of a whole answer it thinks less where its sum is wrong."""
        found = []
        for one in answered:
            first, second = (
                int(word) for word in one.turns[0]["content"].split() if word.isdigit()
            )
            found.append(1.0 if one.text.endswith(str(first + second)) else -len(one.text))
        return found

    monkeypatch.setattr(reward_scorer, "reward_scores", scores_of)
    monkeypatch.setattr(by_reward, "check_reward_model", lambda folder: None)
    settings = {"resample_steps": [0, 1], "resample_by": ["steps", "process"], "samples": [1, 4]}
    made = stage(tmp_path, **settings)
    ran = made.run(context(tmp_path), [model("sums")], reward_model=Checkpoint(tmp_path))
    (found,) = ran.stats["test_time"]
    before, after = (line for line in found["lines"] if line["name"].endswith("process reward"))
    assert before["score"] + 0.1 < after["score"]
    assert before["tokens"] < after["tokens"] < 2 * before["tokens"]


def test_steps_are_cut_where_a_line_makes_the_score_fall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = {"a": 0.2, "a\n\nb": 0.7, "a\n\nb\nc": 0.1, "d": 0.0}
    monkeypatch.setattr(
        reward_scorer, "reward_scores", lambda _, shown: [scored[one.text] for one in shown]
    )
    case = Case("q", "*", "skill", ({"role": "user", "content": "?"},), ("5",), ())
    finder = ProcessSteps(context(tmp_path), tmp_path)
    shown = [(case, "a\n\nb\nc"), (case, "a\n\nb"), (case, "d"), (case, "")]
    places, _ = finder.first_wrong(shown)
    assert places == [len("a\n\nb\n"), None, None, None]


def test_each_allowance_for_thought_has_a_pool_of_its_own(tmp_path: Path) -> None:
    made = stage(tmp_path, samples=[1, 2], think_tokens=[16, 64])
    (found,) = made.run(context(tmp_path), [model("thinker")]).stats["test_time"]
    thought = [line["think_tokens"] for line in found["lines"] if line["strategy"] == "majority"]
    assert thought == [16, 16, 64, 64]
    assert found["notes"] == []
    (plain,) = made.run(context(tmp_path), [model("sums")]).stats["test_time"]
    assert any("no answer was reasoned for" in note for note in plain["notes"])


def test_few_questions_have_no_bins_by_difficulty(tmp_path: Path) -> None:
    found = study(tmp_path, samples=[1, 4])
    assert found["difficulty"] is None  # 24 questions are too few for two bins


def test_a_second_run_and_a_smaller_pool_ask_nothing_again(tmp_path: Path) -> None:
    first = study(tmp_path, samples=[1, 4])
    again = context(tmp_path)
    made = stage(tmp_path, samples=[1, 2]).run(again, [model("sums")])
    assert again.ledger.spent().requests == 0
    smaller = made.stats["test_time"][0]["lines"]
    assert {line["samples"] for line in smaller} == {1, 2}
    assert first["lines"] == study(tmp_path, samples=[1, 4])["lines"]


def test_a_reward_model_scores_and_weighs_every_answer(tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForSequenceClassification

    folder = tmp_path / "scorer"
    write_tiny_student(folder, ["Answer: 12 + 7 = 19"], hidden_size=16)
    config = LlamaConfig.from_pretrained(folder, num_labels=1)
    LlamaForSequenceClassification(config).save_pretrained(folder)
    made = stage(tmp_path, samples=[1, 2], choose=["reward"])
    ran = made.run(context(tmp_path), [model("sums")], reward_model=Checkpoint(folder))
    (found,) = ran.stats["test_time"]
    one, two = (line for line in found["lines"] if line["name"] == "reward")
    assert one["score"] == pytest.approx(0.6, abs=0.15)
    assert two["chosen_score"] > one["chosen_score"]  # it takes what it scores higher
    assert two["seconds"] > 0
    assert scores(found, "vote weighted by reward")


@pytest.mark.parametrize(
    ("settings", "given", "why"),
    [
        ({"choose": ["reward"]}, {}, "need a reward model"),
        ({"resample_steps": [0, 1], "resample_by": ["process"]}, {}, "need a reward model"),
        ({"choose": ["judge"]}, {}, "judge needs `judge: a model`"),
        ({"choose": ["verifier"]}, {}, "nothing to check"),
        ({"leaves": ["sum"]}, {}, "'sum' has no question"),
        ({"verify": ["stepz"], "choose": ["verifier"]}, {}, "unknown name 'stepz'"),
    ],
)
def test_what_a_chooser_lacks_is_said_before_anything_is_asked(
    tmp_path: Path, settings: dict[str, Any], given: dict[str, int], why: str
) -> None:
    with pytest.raises(RecipeError, match=why):
        stage(tmp_path, **settings).check_inputs({"models": 1} | given, None)


def test_free_text_has_no_majority(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('{"question": "Write.", "answer": "A poem about it"}\n')
    made = made_with({"path": str(file), "metric": "token_f1"}, {})
    with pytest.raises(RecipeError, match="'benchmark:sums' are free text"):
        made.check_inputs({"models": 1}, None)


@pytest.mark.parametrize("samples", [[0, 1], [1], [4, 2], []])
def test_numbers_of_answers_that_make_no_sense_are_refused(
    tmp_path: Path, samples: list[int]
) -> None:
    with pytest.raises(RecipeError, match="samples"):
        stage(tmp_path, samples=samples)
