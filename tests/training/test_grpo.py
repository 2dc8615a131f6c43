"""Reinforcement learning: rewards by term, what stops it, what is refused, a kill and a resume."""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tutelage.core.artifacts import Row
from tutelage.core.errors import InputError, RecipeError, RowsError, StageError
from tutelage.stages import GRPO, RLOO, Reward
from tutelage.training.adapter import Adapter
from tutelage.training.follow import lines_for_user
from tutelage.training.prompt_rows import as_prompts
from tutelage.training.reward_watch import fallen
from tutelage.training.rewards.reward_term import (
    RewardTerm,
    Rollout,
    Scorer,
    Scoring,
    build_terms,
    check_rewards,
)

from tests.stages.fakes import row
from tests.training.conftest import Train
from tests.training.row_files import pairs
from tests.training.test_resume import Kill, kill, killed  # noqa: F401

FAST: dict[str, Any] = {
    "learning_rate": 3e-3,
    "bf16": False,
    "batch_size": 2,
    "samples": 4,
    "max_tokens": 6,
    "rollouts": "trl",
    "pilot": 4,
    "validation": 0.0,
}


class Letters(RewardTerm):
    """Earns by its letters, so that any two answers differ."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """Half of what 40 letters earn, at most 1."""

        def score(rollouts: Sequence[Rollout]) -> list[float | None]:
            return [min(1.0, len(one.text) / 40) for one in rollouts]

        return score


class Level(RewardTerm):
    """Earns the same whatever is said: what a planted bug of a verifier does to a held-out look."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """Always a half."""
        return lambda rollouts: [0.5] * len(rollouts)


LETTERS = {"use": "tests.training.test_grpo:Letters"}


def prompts(count: int, **more: Any) -> list[Row]:
    """Prompts without answers."""
    asked = [[{"role": "user", "content": f"berth {n}?"}] for n in range(count)]
    return [row(f"row{n}", prompt=turns, **more) for n, turns in enumerate(asked)]


def test_grpo_logs_what_it_earns_by_term(train: Train) -> None:
    stage = GRPO(**FAST, rewards=[LETTERS, {"short": {"words": 3, "weight": 0.5}}])
    done = train(stage, prompts(8))
    logged = [line for line in done.log if "reward" in line]
    assert len(logged) == 4
    first = logged[0]
    by_term = first["rewards/Letters/mean"] + 0.5 * first["rewards/short/mean"]
    assert first["reward"] == pytest.approx(by_term, abs=1e-5)
    assert {"entropy", "completions/mean_length", "completions/clipped_ratio"} <= set(first)
    assert any(str(line.get("finding")).startswith("pilot: in ") for line in done.log)
    assert (done.folder / "model.safetensors").exists()


def test_rloo_is_a_sibling(train: Train) -> None:
    stage = RLOO(**(FAST | {"kl": 0.1}), rewards=[LETTERS])
    done = train(stage, prompts(4))
    assert len(done.curve("reward")) == 2
    assert all(math.isfinite(value) for value in done.curve("kl"))


@pytest.mark.parametrize(("call", "validation"), [(1, 0.0), (6, 0.25)])
def test_a_kill_at_any_step_costs_no_more_than_that_step(
    train: Train,
    kill: Kill,  # noqa: F811
    call: int,
    validation: float,
) -> None:
    knobs = FAST | {"validation": validation, "epochs": 2.0, "micro_batch": 4}
    stage = GRPO(**knobs, rewards=[LETTERS], save_every_seconds=1e-9)
    whole = train(stage, prompts(8), "whole")
    kill("training_step", call)
    killed(train, stage, prompts(8))
    resumed = train(stage, prompts(8), "killed")
    assert resumed.weights() == whole.weights()
    assert resumed.curve("reward") == whole.curve("reward")


def test_no_mixed_group_ends_it_before_the_first_step(train: Train) -> None:
    level = {"use": "tests.training.test_grpo:Level"}
    with pytest.raises(StageError, match=r"in none of 4 prompts .*earn the same, 0\.50"):
        train(GRPO(**FAST, rewards=[level]), prompts(6))


class Speechless(RewardTerm):
    """Says nothing about any answer, as a judge does whose verdicts cannot be read."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """None for each."""
        return lambda rollouts: [None] * len(rollouts)


def test_answers_that_nothing_scores_end_it_before_the_first_step(train: Train) -> None:
    silent = {"use": "tests.training.test_grpo:Speechless"}
    with pytest.raises(StageError, match="none of the pilot's answers got a score"):
        train(GRPO(**FAST, rewards=[silent]), prompts(6))


class Buggy(RewardTerm):
    """A planted bug: rewards an answer for the letter `e`, right or wrong."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """The share of letters that are `e`."""
        return lambda rollouts: [one.text.count("e") / (len(one.text) + 1) for one in rollouts]


class Sound(RewardTerm):
    """What was meant: no `e` anywhere."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """What is left of 1."""
        return lambda rollouts: [1 - one.text.count("e") / (len(one.text) + 1) for one in rollouts]


def test_a_hacked_reward_is_seen_and_the_best_step_kept(train: Train) -> None:
    knobs = FAST | {"validation": 0.4, "epochs": 12.0, "learning_rate": 1e-2, "patience": 50}
    stage = GRPO(
        **knobs,
        rewards=[{"use": "tests.training.test_grpo:Buggy"}],
        watched=[{"use": "tests.training.test_grpo:Sound"}],
        entropy_floor=0.0,
    )
    done = train(stage, prompts(20))
    (warning,) = [line["warning"] for line in done.log if "hacked" in str(line.get("warning"))]
    assert "while rewards/watched_Sound/mean on 8 held-out prompts fell from" in warning
    steps = [line["step"] for line in done.log if "reward" in line]
    assert max(steps) < 72
    (best,) = [line for line in done.log if "best_step" in line]
    looks = {
        line["step"]: line["eval_rewards/watched_Sound/mean"]
        for line in done.log
        if "eval_rewards/watched_Sound/mean" in line
    }
    assert looks[best["best_step"]] == max(looks.values())


class Falling(RewardTerm):
    """Says less the later it is asked, so that no look is better than the first."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """One part in as many as there were calls."""
        calls = itertools.count(1)

        def score(rollouts: Sequence[Rollout]) -> list[float | None]:
            return [1 / next(calls)] * len(rollouts)

        return score


WORSE: dict[str, Any] = FAST | {
    "validation": 0.25,
    "learning_rate": 3e-2,
    "epochs": 2.0,
    "entropy_floor": 0.0,
    "patience": 9,
    "rewards": [LETTERS],
    "watched": [{"use": "tests.training.test_grpo:Falling"}],
}


@pytest.mark.parametrize("adapter", [None, Adapter(rank=2)])
def test_where_no_step_beats_the_start_its_weights_are_handed_on(
    train: Train, student: Path, adapter: Adapter | None
) -> None:
    done = train(GRPO(**WORSE, adapter=adapter), prompts(16))
    (best,) = [line for line in done.log if "best_step" in line]
    first = done.curve("eval_rewards/watched_Falling/mean")[0]
    assert best == {"best_step": 0, "best_eval_rewards_watched_Falling_mean": first}
    assert lines_for_user(best)[0].startswith("kept the start: reward on held-out prompts 0.")
    told = [line["warning"] for line in done.log if "better on held-out" in str(line)]
    assert len(told) == 1 and "the start's weights are handed on" in told[0]
    assert logits(done.folder, student if adapter else None) == logits(student)


def test_an_adapter_that_no_step_betters_is_handed_on(train: Train, student: Path) -> None:
    first = train(GRPO(**FAST, rewards=[LETTERS], adapter=Adapter(rank=2)), prompts(8), "first")
    done = train(GRPO(**WORSE), prompts(16), "second", start=first.folder)
    assert done.curve("best_step") == [0]
    assert done.weights() == first.weights()


def logits(folder: Path, base: Path | None = None) -> list[float]:
    """What a saved student says of a few tokens."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base or folder)
    if base:
        model = PeftModel.from_pretrained(model, folder)
    with torch.no_grad():
        found: list[float] = model.eval()(torch.arange(5, 15)[None]).logits[0, -1].tolist()
    return found


@pytest.mark.parametrize("adapter", [None, Adapter(rank=2)])
def test_the_distance_from_the_start_is_logged_at_every_look(
    train: Train, adapter: Adapter | None
) -> None:
    knobs = FAST | {"validation": 0.25, "epochs": 2.0, "entropy_floor": 0.0, "adapter": adapter}
    still = train(GRPO(**(knobs | {"learning_rate": 1e-12}), rewards=[LETTERS]), prompts(8), "a")
    moved = train(GRPO(**(knobs | {"learning_rate": 3e-2}), rewards=[LETTERS]), prompts(8), "b")
    assert len(still.curve("eval_kl")) == len(still.curve("eval_reward")) >= 3
    assert still.curve("eval_kl") == pytest.approx([0.0] * len(still.curve("eval_kl")), abs=1e-5)
    assert moved.curve("eval_kl")[0] == 0
    assert moved.curve("eval_kl")[-1] > 0.02


def test_a_fall_must_exceed_chance() -> None:
    before = {str(n): 0.5 for n in range(8)}
    assert not fallen(before, {str(n): 0.5 + (-1) ** n * 0.3 for n in range(8)})
    assert fallen(before, {str(n): 0.3 + 0.01 * n for n in range(8)})
    assert not fallen(before, {str(n): 0.9 for n in range(8)})
    assert not fallen({"0": 0.9}, {"0": 0.1})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"samples": 1}, "samples: a group needs 2 answers or more"),
        ({"rewards": []}, "rewards: the reward is constant: no term"),
        ({"rewards": [{"verified": {"weight": 0.0}}]}, "the reward is constant: every weight is 0"),
        ({"rewards": [{"short": {"words": 9}}]}, "nothing rewards what an answer says"),
        ({"rewards": ["verifed"]}, "rewards.0: unknown name 'verifed'"),
        ({"rewards": ["verified", "verified"]}, "'verified' is there already"),
        ({"rewards": [{"judged": {"rubric": "preference"}}]}, "has no `scale`"),
        ({"watched": ["verified"], "validation": 0.0}, "`validation: 0` holds none"),
    ],
)
def test_wrong_rewards_are_told_before_anything_loads(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        GRPO(**fields).check(None)


def test_what_rewards_lack_is_told_before_anything_loads(train: Train) -> None:
    with pytest.raises(RowsError, match="5 of 5 prompts cannot be rewarded: no ground truth"):
        train(GRPO(**FAST), prompts(5))
    with pytest.raises(RecipeError, match="a term needs `judge:`"):
        train(GRPO(**FAST, rewards=["judged"]), prompts(5))
    with pytest.raises(RecipeError, match="a term needs `judge:`"):  # before a run begins
        GRPO(**FAST, rewards=["judged"]).check_inputs({"rows": 1, "student": 1}, None)
    GRPO(**FAST, rewards=["judged"]).check_inputs({"judge": 1}, None)
    with pytest.raises(RecipeError, match="a term needs `reward_model:`"):
        train(GRPO(**FAST, rewards=["reward_model"]), prompts(5))


def test_rows_whose_demands_are_none_are_named_and_calls_may_be_bare() -> None:
    asked = row("a", verify=5)
    with pytest.raises(RowsError, match="row a: verify: is 5; give a list"):
        as_prompts([asked], None)
    bare = {"name": "tide", "arguments": {"place": "Elsmere"}}
    turns = [*asked["prompt"], {"role": "assistant", "content": "", "tool_calls": [bare]}]
    trace = {"id": "t", "leaf": "*", "messages": turns, "tool": "tide"}
    (made,), _ = as_prompts([trace], None)
    assert made["verify"] == [{"tool_call": bare}]


def test_terms_of_a_reward() -> None:
    specs = [{"form": {"verify": [{"max_words": 2}]}}, {"short": {"words": 2}}, "verified"]
    terms = build_terms(specs, "rewards")
    check_rewards(terms, "rewards")
    asked = row("a", verify=[{"contains": "seven"}, {"max_words": 9}])
    rollouts = [Rollout(asked, text, 3) for text in ("seven", "six or seven", "a b c d e f")]
    scores = {name: term.scorer(Scoring())(rollouts) for name, term in terms.items()}
    assert scores["form"] == [1.0, 0.0, 0.0]
    assert scores["short"] == [1.0, 0.5, 0.0]
    assert scores["verified"] == [1.0, 1.0, 0.5]
    assert terms["verified"].unfit(row("b")) == "no ground truth"


def test_terms_can_look_at_thoughts_too() -> None:
    marked = {"of": "all", "verify": [{"regex": "(?s)<think>.+</think>.+"}]}
    terms = build_terms([{"form": marked}, {"short": {"words": 2, "of": "all"}}], "rewards")
    asked = row("a", verify=["steps"])
    whole = "<think>1 + 1 = 3 and more</think>3"
    thinking = Rollout(asked, "3", 9, "1 + 1 = 3 and more", whole)
    scores = {name: term.scorer(Scoring())([thinking])[0] for name, term in terms.items()}
    assert scores == {"form": 1.0, "short": 0.0}
    (steps,) = build_terms(["verified"], "rewards").values()
    right = Rollout(asked, "2", 9, "1 + 1 = 2", "")
    assert steps.scorer(Scoring())([thinking, right, Rollout(asked, "2", 1)]) == [0.5, 1.0, 0.0]


def test_a_reward_model_rewards_and_must_share_the_students_tokens(
    train: Train, student: Path, tmp_path: Path
) -> None:
    from tutelage.contract.context import local_context
    from tutelage.core.artifacts import Checkpoint, Rows

    from tests.training.tiny_students import NO_SYSTEM, variant

    model = train(Reward(bf16=False, validation=0.0), pairs(4), "reward")
    stage = GRPO(**FAST, rewards=["reward_model"])
    other = variant(student, tmp_path / "other", template=NO_SYSTEM, tokens=("<|x|>",))
    context = local_context(tmp_path / "refused")
    found = Checkpoint(model.folder)
    with pytest.raises(InputError, match="the reward model has another tokenizer"):
        stage.run(context, Checkpoint(other), Rows(prompts(4)), reward_model=found)
    with pytest.raises(InputError, match="no reward model: it is a LlamaForCausalLM"):
        stage.run(context, Checkpoint(student), Rows(prompts(4)), reward_model=Checkpoint(student))
    context.journal.close()
    (term,) = build_terms(["reward_model"], "rewards").values()
    scored = term.scorer(Scoring(reward_model=model.folder))
    (score,) = scored([Rollout(prompts(1)[0], "berth", 1)])
    assert score is not None
    assert 0 < score < 1


def test_openvino_samples_with_the_weights_of_each_step(train: Train) -> None:
    pytest.importorskip("openvino_genai")
    stage = GRPO(**(FAST | {"rollouts": "openvino", "validation": 0.25}), rewards=[LETTERS])
    done = train(stage, prompts(8), "openvino")
    again = train(stage, prompts(8), "again")
    assert len(done.curve("reward")) == 3
    assert done.curve("reward") == again.curve("reward")
    with pytest.raises(InputError, match="it samples whole weights, and an adapter is trained"):
        train(stage.model_copy(update={"adapter": Adapter(rank=2)}), prompts(8), "adapter")


def sampled_by(tmp_path: Path, **knobs: Any) -> tuple[bool, str]:
    """Whether TRL's config says vLLM, and how."""
    from tutelage.training.trl_config import arguments

    knobs = {"validation": 0.0, "bf16": False} | knobs
    job = GRPO(**knobs).model_dump(mode="json") | {"seed": 1}
    fields = GRPO.trl_fields(job, None)  # type: ignore[arg-type]
    args = arguments(job, tmp_path, GRPO, 1e-5, fields, own_steps=False)
    return args.use_vllm, args.vllm_mode


@pytest.mark.parametrize(("gpu", "installed"), [(True, True), (True, False), (False, True)])
def test_auto_takes_vllm_where_it_and_a_gpu_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, gpu: bool, installed: bool
) -> None:
    from tutelage.training import vllm_rollouts

    monkeypatch.setattr("torch.cuda.is_available", lambda: gpu)
    found = SimpleNamespace(find_spec=lambda name: name if installed else None)
    monkeypatch.setattr(vllm_rollouts, "importlib", SimpleNamespace(util=found))
    job = GRPO().model_dump(mode="json")
    assert vllm_rollouts.uses_vllm(job) == (gpu and installed)
    assert not vllm_rollouts.uses_vllm(job | {"rollouts": "trl"})
    assert not vllm_rollouts.uses_vllm(job | {"adapter": {"four_bit": True}})


def test_a_server_of_vllm_needs_none_here(tmp_path: Path) -> None:
    served = {"vllm_mode": "server", "vllm_server_base_url": "http://localhost:8000"}
    for rollouts in ("auto", "vllm"):
        GRPO(rollouts=rollouts, trainer=served).check(None)
        assert sampled_by(tmp_path, rollouts=rollouts, trainer=served) == (True, "server")
    assert sampled_by(tmp_path) == (False, "colocate")


class OddLetters(RewardTerm):
    """As `Letters` for prompts of an odd number; answers to the others all earn the same."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """By the number in the row's id."""
        letters = Letters().scorer(scoring)

        def score(rollouts: Sequence[Rollout]) -> list[float | None]:
            odd = [int(one.row["id"].removeprefix("row")) % 2 for one in rollouts]
            return [value if n else 0.5 for value, n in zip(letters(rollouts), odd, strict=True)]

        return score


def test_groups_without_spread_make_no_step_smaller(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trl import GRPOTrainer

    knobs = FAST | {"batch_size": 4, "pilot": 0, "learning_rate": 1e-12, "micro_batch": 4}
    stage = GRPO(**knobs, rewards=[{"use": "tests.training.test_grpo:OddLetters"}])
    left_out = train(stage, prompts(16), "ours")
    monkeypatch.setattr(GRPO, "trainer_class", classmethod(lambda cls: GRPOTrainer))
    counted = train(stage, prompts(16), "trl")
    shares = counted.curve("frac_reward_zero_std")
    assert len(shares) == 4
    assert any(0 < share < 1 for share in shares)
    for share, ours, theirs in zip(
        shares, left_out.curve("grad_norm"), counted.curve("grad_norm"), strict=True
    ):
        assert ours * (1 - share) == pytest.approx(theirs, rel=0.1, abs=1e-6)
    (said,) = left_out.curve("finding")
    assert str(said).startswith("in 8 of 16 groups all answers earned the same")
