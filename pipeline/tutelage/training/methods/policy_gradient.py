"""What the methods of reinforcement learning share: prompts, rewards, rollouts and what is watched.

The student answers each prompt several times; answers that earn more than the others of their group
become more likely. TRL's trainers do that on their own loop; here is what surrounds them.
"""

import importlib.util
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator

from tutelage.contract.context import Context
from tutelage.contract.known_inputs import Known
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.errors import InputError, RecipeError, RowsError
from tutelage.models.model import Model
from tutelage.models.reward_scorer import check_reward_model, differ_in_tokens
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.training.judge_link import judge_for_training
from tutelage.training.learning_rates import PublishedRates
from tutelage.training.memory_estimate import Setting
from tutelage.training.prompt_rows import as_prompts, check_enough
from tutelage.training.prompts_with_tools import prompt_columns
from tutelage.training.rewards.reward_term import RewardSpec, RewardTerm, build_terms, check_rewards
from tutelage.training.training_stage import TrainingStage
from tutelage.training.vllm_rollouts import on_server, uses_vllm

if TYPE_CHECKING:
    from tutelage.training.encoder import Encoder
    from tutelage.training.prepare import Prepared

_WATCHED = "watched_"
"""How names of terms begin that are only watched."""
_LOOKS = 0.2
"""Share of the steps between two looks at the held-out prompts, whose answers cost as much as those
that are trained on."""
_LAYOUT = ("completion", "messages", "chosen", "rejected", "verdicts", "trace", "parents")
"""Columns of a row that no prompt needs."""


class PolicyGradient(TrainingStage):
    """The knobs of methods that learn from rewards of groups of answers."""

    version: ClassVar[int] = 2
    rates: ClassVar[PublishedRates] = PublishedRates(1e-5, 7e9, 1e-6)
    compares_loss: ClassVar[bool] = False
    keeps_start: ClassVar[bool] = True
    gains_by: ClassVar[str] = "rewards, learning_rate or steps"
    learns_from_answers: ClassVar[bool] = False
    rehearsal: ClassVar[dict[str, Any]] = {
        "pilot": 0,
        "samples": 2,
        "max_tokens": 4,
        "rewards": [{"short": {"words": 4}}],
        "watched": [],
        "rollouts": "trl",
    }
    takes_in: ClassVar[tuple[str, ...]] = ("reward_weights",)
    curves: ClassVar[tuple[dict[str, str], ...]] = (
        {"reward": "reward", "eval_reward": "held-out prompts"},
        {"rewards/*/mean": "*"},
        {"eval_rewards/*/mean": "held out: *"},
        {
            "kl": "KL from the start, nats",
            "eval_kl": "KL from the start on held-out prompts, nats",
            "entropy": "entropy of a token, nats",
        },
        {"completions/mean_length": "tokens of an answer"},
        {
            "frac_reward_zero_std": "groups without spread",
            "completions/clipped_ratio": "answers cut",
            "clip_ratio/region_mean": "ratios clipped",
        },
    )
    execution_only = {"rollouts": "what samples the answers does not decide what is learnt"}

    rewards: list[RewardSpec] = ["verified"]
    """What an answer earns: terms by name, as {name: settings}, or your own as {use: module:Name};
    each has a `weight`, and their weighted scores are added up."""
    watched: list[RewardSpec] = []
    """What answers to the held-out prompts are measured by beside the reward: a demand or a judge
    that the reward does not contain shows that a reward is hacked. The best step is chosen by the
    first; others are drawn. Without it that is the reward itself, on prompts that are not trained
    on."""
    samples: int = 8
    """Answers to each prompt, which are compared with each other."""
    max_tokens: int = Field(256, gt=0)
    """Tokens of an answer; what is longer is cut."""
    temperature: float = Field(1.0, gt=0)
    """Of the answers sampled."""
    kl: float = Field(0.0, ge=0)
    """Weight of the distance from the student as it came; 0 needs no second model in memory."""
    rollouts: Literal["auto", "openvino", "trl", "vllm"] = "auto"
    """What samples the answers: vLLM beside the trainer on a GPU, or on a server of its own
    (`trainer: {vllm_mode: server}`); OpenVINO with the weights written anew after each step; TRL by
    transformers. `auto` takes the first of them that is there; OpenVINO without a GPU only."""
    pilot: int = Field(16, ge=0)
    """Prompts tried before the first step: where no group of them has answers that earn different
    rewards there is nothing to learn from, and training does not begin. 0 tries none."""
    entropy_floor: float = Field(0.1, ge=0, lt=1)
    """Training ends where the entropy of a token falls below this share of what it began with."""

    batch_size: int = Field(4, gt=0)
    """Prompts per optimiser step, over all devices; each has `samples` answers."""
    micro_batch: int | None = Field(None, gt=0)
    """Answers per forward pass on one device at first; halved where memory does not suffice."""
    epochs: float = Field(1.0, gt=0)
    """Passes over the prompts."""
    validation: float = Field(0.15, ge=0, lt=1)
    """Share of each leaf's prompts held out: answered before and five times on the way, up to four
    times each, and the step whose answers to them are best is kept, or the start where none of them
    is better. 0 holds none back, and sees no reward hacking."""

    @field_validator("samples")
    @classmethod
    def _a_group(cls, value: int) -> int:
        if value < 2:
            raise ValueError("a group needs 2 answers or more: each is compared with the others")
        return value

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Beside what every training checks: rewards of different names."""
        super().check(taxonomy)
        beside = self.rollouts == "vllm" and not on_server(self.trainer)
        if beside and importlib.util.find_spec("vllm") is None:
            raise RecipeError("rollouts: vllm: vLLM is not installed here; `auto` does without")
        if self.rollouts == "openvino" and self.adapter is not None:
            raise RecipeError(
                "rollouts: openvino: writes whole weights, and `adapter:` trains none; use `auto` "
                "or `trl`"
            )
        check_rewards(build_terms(self.rewards, "rewards"), "rewards")
        watched = build_terms(self.watched, "watched")
        if watched and not self.validation:
            raise RecipeError("watched: measures held-out prompts, and `validation: 0` holds none")

    def check_inputs(self, given: Mapping[str, int], taxonomy: Taxonomy | None) -> None:
        """Raise RecipeError where a term lacks the input that it scores by."""
        super().check_inputs(given, taxonomy)
        self._check_there(name for name in ("judge", "reward_model") if given.get(name))

    def check_known(self, known: Known, taxonomy: Taxonomy | None) -> None:
        """Raise InputError for prompts that nothing rewards, or a reward model of other tokens."""
        super().check_known(known, taxonomy)
        rows = [row for part in known.rows.get("rows", ()) for row in part.kept]
        self._check_prompts(as_prompts(rows, taxonomy)[0], self.terms())
        self._check_leaves(known.leaves.get("rows", ()))
        perhaps = [row for part in known.perhaps.get("rows", ()) for row in part.kept]
        reasons = [_all_unfit(one, perhaps) for one in self._of_content(self.terms())]
        if perhaps and all(reasons):
            raise RecipeError(
                f"rewards: no prompt can be rewarded: {reasons[0]} of any of the {len(perhaps)} "
                "rows that may come; give them `answer`, `tests` or `verify`, their leaves "
                "`verify:`, or add a term that needs no ground truth, `judged` or `reward_model`"
            )
        if "student" in known.models and "reward_model" in known.models:
            self._check_tokens(known.models["student"], known.models["reward_model"])

    @property
    def answers_per_row(self) -> int:
        """The answers of a group."""
        return self.samples

    def setting(self, processes: int = 1) -> Setting:
        """As any training, with the answers of a group as rows, each as long as it may become."""
        whole = self.batch_size * self.samples
        update = {"batch_size": whole, "max_length": self.max_length + self.max_tokens}
        whole_groups = TrainingStage.setting(self.model_copy(update=update), processes)
        return replace(whole_groups, generated=self.max_tokens)

    def brief(self, steps: int) -> Self:
        """Without a pilot of its own: this is one."""
        return super().brief(steps).model_copy(update={"pilot": 0, "watched": []})

    def run(
        self,
        context: Context,
        student: Checkpoint,
        rows: Rows,
        taxonomy: Taxonomy | None = None,
        judge: Model | None = None,
        reward_model: Checkpoint | None = None,
    ) -> Checkpoint:
        """A checkpoint: the whole model, or an adapter."""
        terms = self.terms()
        self._check_models(student, judge, reward_model)
        needs = {term.needs for term in terms.values()}
        prompts, repeated = as_prompts(rows.kept, taxonomy)
        self._check_prompts(prompts, terms)
        check_enough(prompts, self.batch_size)
        if repeated:
            context.progress.say(f"{context.stage}: {repeated} rows repeat a prompt; one of each")
        models = [reward_model] if reward_model and "reward_model" in needs else []
        beside = {"reward_model": str(models[0].folder) if models else None}
        with judge_for_training(context, judge if "judge" in needs else None) as link:
            return self.train(context, student, prompts, link | beside, models)

    def terms(self) -> dict[str, RewardTerm]:
        """All terms by name: those of the reward, then those that are only watched."""
        found = build_terms(self.rewards, "rewards")
        for name, term in build_terms(self.watched, "watched").items():
            found[f"{_WATCHED}{name}"] = term.model_copy(update={"weight": 0.0})
        return found

    def columns(self, row: Row) -> Row:
        """A prompt with all that answers to it are scored by."""
        return {name: value for name, value in row.items() if name not in _LAYOUT}

    def _check_models(
        self, student: Checkpoint, judge: Model | None, model: Checkpoint | None
    ) -> None:
        """Raise InputError where a term lacks what it needs, or cannot be used with the student."""
        there = {"judge": judge, "reward_model": model}
        self._check_there(name for name, found in there.items() if found is not None)
        if model is not None and any(one.needs == "reward_model" for one in self.terms().values()):
            check_reward_model(model.folder)
            self._check_tokens(student.folder, model.folder)

    def _check_tokens(self, student: Path, model: Path) -> None:
        """Raise InputError for a reward model of other tokens, where a term does not allow it."""
        terms = [term for term in self.terms().values() if term.needs == "reward_model"]
        held = any(not getattr(term, "other_tokenizer", False) for term in terms)
        if held and differ_in_tokens(student, model):
            raise InputError(
                f"{model}: the reward model has another tokenizer than the student {student}; "
                "`reward_model: {other_tokenizer: true}` shows it the answers by its own chat "
                "template"
            )

    def _check_there(self, there: Iterable[str]) -> None:
        needed = {term.needs for term in self.terms().values()} - {""}
        for name in sorted(needed - set(there)):
            raise RecipeError(f"rewards: a term needs `{name}:`, and the stage is given none")

    def _check_leaves(self, leaves: Sequence[Leaf]) -> None:
        """Raise RecipeError where no row that will be written can be rewarded."""
        terms = self._of_content(self.terms())
        bare = [{"id": leaf.path, "verify": list(leaf.verify)} for leaf in leaves]
        reasons = [[term.unfit(row) for term in terms] for row in bare]
        if reasons and all(map(all, reasons)):
            raise RecipeError(
                f"rewards: no prompt can be rewarded: {reasons[0][0]}; no leaf that `rows` are "
                f"written for has `verify:` ({bare[0]['id']} first); give them demands, or add "
                "a term that needs no ground truth, `judged` or `reward_model`"
            )

    def _of_content(self, terms: Mapping[str, RewardTerm]) -> list[RewardTerm]:
        """The terms that reward what an answer says."""
        return [term for term in terms.values() if term.judges_content and term.weight]

    def _check_prompts(self, prompts: list[Row], terms: dict[str, RewardTerm]) -> None:
        """Raise RowsError where answers to a prompt would earn nothing, whatever they say."""
        content = self._of_content(terms)
        for name, term in terms.items():
            if name.startswith(_WATCHED) and (why := _all_unfit(term, prompts)):
                raise RowsError(
                    f"watched: {name.removeprefix(_WATCHED)} measures nothing: {why} of any prompt"
                )
        unfit = {}
        for row in prompts:
            reasons = [term.unfit(row) for term in content]
            if all(reasons):
                unfit[row["id"]] = reasons[0]
        if unfit:
            first, why = next(iter(unfit.items()))
            raise RowsError(
                f"{len(unfit)} of {len(prompts)} prompts cannot be rewarded: {why} (row {first} "
                "first); give the rows `answer`, `tests` or `verify`, their leaves `verify:`, or "
                "add a term that needs no ground truth, `judged` or `reward_model`"
            )

    # In the child.

    @classmethod
    def lengths(cls, job: dict[str, Any], encoder: "Encoder", rows: list[Row]) -> list[int | str]:
        """Tokens of each prompt."""
        return encoder.prompt_lengths(rows)

    @classmethod
    def trl_fields(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """Groups, rollouts, and what is measured on the held-out prompts."""
        from accelerate import PartialState

        devices = int(PartialState().num_processes)
        whole = job["batch_size"] * job["samples"]
        if whole % devices:
            raise InputError(f"{whole} answers a step cannot be shared by {devices} devices")
        held = next(n for n in (4, 3, 2, job["samples"]) if job["samples"] % n == 0)
        micro = math.gcd(whole // devices, job["micro_batch"] or whole // devices)
        looked_at = micro if job["kl"] else whole // devices  # without, a look has no forward pass
        terms = cls.model_validate(_knobs(job)).terms()
        watched = [name for name in terms if name.startswith(_WATCHED)]
        measure = f"eval_rewards/{watched[0]}/mean" if watched else "eval_reward"
        fields = {
            "num_generations": job["samples"],
            "max_completion_length": job["max_tokens"],
            "temperature": job["temperature"],
            "beta": job["kl"],
            "reward_weights": [term.weight for term in terms.values()],
            "per_device_train_batch_size": micro,
            "gradient_accumulation_steps": whole // devices // micro,
            "num_generations_eval": held,
            "per_device_eval_batch_size": job["samples"] * max(1, looked_at // job["samples"]),
            "eval_steps": _LOOKS,
            "remove_unused_columns": False,
            "lr_scheduler_type": "constant_with_warmup",
            "use_vllm": uses_vllm(job),
            "vllm_mode": "colocate",
        }
        if job["validation"]:
            fields |= {"metric_for_best_model": measure, "greater_is_better": True}
        return fields

    @classmethod
    def dataset(cls, name: str, rows: list[Row], prepared: "Prepared") -> Any:
        """Prompts, with the tools that they show; what else a row holds is looked up by `id`."""
        from datasets import Dataset

        if name == "train":
            check_enough(rows, prepared.batch_size)
        return Dataset.from_list([{"id": row["id"]} | prompt_columns(row) for row in rows])

    @classmethod
    def trainer_options(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """A reward function for each term."""
        from tutelage.training.reward_functions import reward_functions

        terms = cls.model_validate(_knobs(job)).terms()
        options: dict[str, Any] = {"reward_funcs": reward_functions(terms, job, prepared.rows)}
        return options

    @classmethod
    def callbacks(cls, job: dict[str, Any], prepared: "Prepared", trainer: Any) -> list[Any]:
        """What sees a reward that is hacked, and a student that says the same whatever it draws."""
        from tutelage.training.distance_from_start import DistanceFromStart
        from tutelage.training.reward_watch import (
            CountsLevelGroups,
            EntropyFalls,
            HackedReward,
            RewardPilot,
        )

        watching: list[Any] = [EntropyFalls(prepared.folder, job["entropy_floor"])]
        watching.append(CountsLevelGroups(prepared.folder, job["batch_size"]))
        if job["pilot"]:
            watching.append(RewardPilot(trainer, prepared.folder, job["pilot"]))
        if job["validation"]:
            watching.append(HackedReward(trainer, prepared.folder))
        if job["validation"] and not job["kl"]:  # else TRL logs the distance
            watching.append(DistanceFromStart(trainer, prepared, cls, job))
        return watching


def _knobs(job: dict[str, Any]) -> dict[str, Any]:
    """The fields that terms are made of."""
    return {name: job[name] for name in ("rewards", "watched")}


def _all_unfit(term: RewardTerm, prompts: Sequence[Row]) -> str | None:
    """Why a term can score no prompt of several; None where it can score one."""
    reasons = [term.unfit(row) for row in prompts]
    return reasons[0] if reasons and all(reasons) else None
