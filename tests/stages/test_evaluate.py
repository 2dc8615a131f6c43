"""Evaluation: what a model is asked, when its answer is right, and how scores add up."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tutelage.accounting.ledger import Ledger
from tutelage.contract.context import Context
from tutelage.core.artifacts import ScoreLine
from tutelage.core.config import parse
from tutelage.core.errors import RecipeError, RowsError, TaxonomyError
from tutelage.evaluation.benchmarks import Benchmark
from tutelage.models.chat import Message
from tutelage.models.journal import Journal
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages.evaluate import Evaluate
from tutelage.taxonomy.leaf import EvalExample, Leaf, Taxonomy


class Quiet:
    """Progress that only counts."""

    def __init__(self) -> None:
        self.stage = ""
        self.spend = ""
        self.used: Mapping[str, Any] = {}
        self.total = 0
        self.done = 0

    def start(self, total: int, unit: str) -> None:
        self.total = total

    def advance(self, count: int = 1) -> None:
        self.done += count

    def say(self, text: str) -> None:
        raise AssertionError(text)


def knowing(messages: tuple[Message, ...], seed: int) -> str:
    """A fake model that knows one capital and rambles about rivers."""
    assert [turn["role"] for turn in messages] == ["user"]
    question = messages[0]["content"]
    if "river" in question:
        return "well " * 300
    return "It is Oslo." if "Norway" in question else "red"


def wavering(messages: tuple[Message, ...], seed: int) -> str:
    """A fake model that is right two times of three."""
    return "Lima" if seed % 3 == 0 else "It is Oslo."


def unknowing(messages: tuple[Message, ...], seed: int) -> str:
    """A fake model that knows nothing."""
    return "No idea."


def _model(name: str) -> Model:
    text = f"scripted:{__name__}:{name}"
    reference = parse_reference(text, Path())
    return Model(name, reference, ModelConfig(ref=text), reference.identity())


def _leaf(path: str, *held: EvalExample) -> Leaf:
    return Leaf(path, "knowledge", Path("qna.yaml"), "", (), held, (), (), {}, "precise", None)


def _taxonomy(*leaves: Leaf) -> Taxonomy:
    return Taxonomy(Path("tree"), leaves, "digest")


def _context(folder: Path) -> Context:
    journal = Journal(folder / "journal.sqlite")
    return Context("evaluate", folder, 1, journal, Ledger(), Quiet())


CAPITALS = _leaf(
    "knowledge/capitals",
    EvalExample("held:1", "What is the capital of Norway?", ("Oslo",), ()),
    EvalExample("held:2", "What is the capital of Chad?", ("N'Djamena", "Ndjamena"), ()),
    EvalExample("held:3", "Which river is in Cairo?", ("Nile",), ()),
)
COLOURS = _leaf(
    "knowledge/colours",
    EvalExample("held:4", "Name a colour in one word.", (), ({"max_words": 1},)),
)


PLAIN = Evaluate(general=False)


def _line(table: list[ScoreLine], model: str, leaf: str) -> ScoreLine:
    return next(line for line in table if (line["model"], line["leaf"]) == (model, leaf))


def test_scores_by_leaf_and_over_all_examples(tmp_path: Path) -> None:
    models = [_model("unknowing"), _model("knowing")]
    context = _context(tmp_path)
    scores = PLAIN.run(context, models, _taxonomy(CAPITALS, COLOURS))
    capitals = _line(scores.table, "knowing", "knowledge/capitals")
    assert (capitals["metric"], capitals["n"]) == ("accept", 3)
    assert capitals["score"] == pytest.approx(1 / 3)
    assert _line(scores.table, "knowing", "knowledge/colours")["metric"] == "verify"
    total = _line(scores.table, "knowing", "*")
    assert (total["metric"], total["n"], total["score"]) == ("right", 4, 0.5)
    assert total["low"] < 0.5 < total["high"]
    assert _line(scores.table, "unknowing", "*")["score"] == 0
    assert isinstance(context.progress, Quiet)
    assert context.progress.done == context.progress.total == 8


def test_each_answer_says_why_it_is_wrong(tmp_path: Path) -> None:
    stage = Evaluate(max_tokens=40, general=False)
    scores = stage.run(_context(tmp_path), [_model("knowing")], _taxonomy(CAPITALS))
    why = {row["example"]: row["why"] for row in scores.answers}
    assert why["held:1"] is None
    assert why["held:2"] == "not accepted: none of N'Djamena, Ndjamena"
    assert why["held:3"].startswith("cut")
    assert [row["score"] for row in scores.answers] == [1, 0, 0]


def test_an_example_with_both_demands_needs_both(tmp_path: Path) -> None:
    both = EvalExample("held:9", "The capital of Norway?", ("Oslo",), ({"max_words": 2},))
    scores = PLAIN.run(_context(tmp_path), [_model("knowing")], _taxonomy(_leaf("a", both)))
    assert scores.table[0]["metric"] == "right"
    assert scores.table[0]["score"] == 0


def test_a_second_evaluation_asks_nothing_again(tmp_path: Path) -> None:
    first = PLAIN.run(_context(tmp_path), [_model("knowing")], _taxonomy(CAPITALS))
    context = _context(tmp_path)
    second = PLAIN.run(context, [_model("knowing")], _taxonomy(CAPITALS))
    assert second == first
    assert context.ledger.total().requests == 3
    assert context.ledger.spent().requests == 0


def test_a_taxonomy_without_held_out_examples_is_refused_ahead() -> None:
    with pytest.raises(TaxonomyError, match="eval_examples"):
        Evaluate().check(_taxonomy(_leaf("knowledge/empty")))


def _benchmark(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder / "capitals.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def test_a_benchmark_stands_beside_the_leaves_and_apart_from_their_mean(tmp_path: Path) -> None:
    file = _benchmark(tmp_path, {"question": "Norway?", "answer": "Oslo is the capital"})
    stage = Evaluate(general=False, benchmarks={"mine": Benchmark(path=file)})
    assert (tmp_path / "capitals.jsonl").exists()
    scores = stage.run(_context(tmp_path), [_model("knowing")], _taxonomy(CAPITALS))
    mine = _line(scores.table, "knowing", "benchmark:mine")
    assert (mine["kind"], mine["n"], mine["score"]) == ("benchmark", 1, 0)
    assert _line(scores.table, "knowing", "*")["n"] == 3


def test_only_some_leaves_are_asked(tmp_path: Path) -> None:
    taxonomy = _taxonomy(CAPITALS, COLOURS)
    asked = Evaluate(general=False, leaves=["knowledge/colours"])
    scores = asked.run(_context(tmp_path), [_model("knowing")], taxonomy)
    assert {line["leaf"]: line["n"] for line in scores.table} == {"knowledge/colours": 1, "*": 1}
    folder = asked.model_copy(update={"leaves": ["knowledge", "knowledge/colours"]})
    assert len(folder.cases(taxonomy, 1, judged=False)) == 4  # each of them once
    with pytest.raises(TaxonomyError, match=r"no leaf 'knowledge/colour'.*knowledge/colours"):
        Evaluate(leaves=["knowledge/colour"]).check(taxonomy)


def test_without_leaves_benchmarks_alone_are_asked(tmp_path: Path) -> None:
    file = _benchmark(tmp_path, {"question": "Norway?", "answer": "Oslo"})
    stage = Evaluate(general=False, leaves=[], benchmarks={"mine": Benchmark(path=file)})
    scores = stage.run(_context(tmp_path), [_model("knowing")], _taxonomy(CAPITALS))
    assert [line["leaf"] for line in scores.table] == ["benchmark:mine"]
    with pytest.raises(TaxonomyError, match=r"no leaf of `leaves: \[\]`"):
        Evaluate(leaves=[]).check(_taxonomy(CAPITALS))


def test_a_benchmark_may_name_its_metric(tmp_path: Path) -> None:
    file = _benchmark(tmp_path, {"question": "Norway?", "answer": "Oslo"})
    given = {"path": str(file), "metric": "token_f1"}
    stage = parse(Evaluate, {"general": False, "benchmarks": {"mine": given}}, "recipe")
    table = stage.run(_context(tmp_path), [_model("knowing")]).table
    assert len(table) == 1  # without a taxonomy there is no mean over held-out examples
    assert (table[0]["metric"], table[0]["score"]) == ("token_f1", 0.5)  # "It is Oslo."


def test_a_benchmark_is_found_beside_the_recipe_and_known_by_its_content(tmp_path: Path) -> None:
    _benchmark(tmp_path, {"question": "Norway?", "answer": "Oslo"})
    fields = {"benchmarks": ["capitals.jsonl"]}
    stage = parse(Evaluate, fields, tmp_path / "recipe.yaml")
    before = stage.identity()
    (tmp_path / "moved").mkdir()
    (tmp_path / "capitals.jsonl").rename(tmp_path / "moved" / "capitals.jsonl")
    assert parse(Evaluate, fields, tmp_path / "moved" / "recipe.yaml").identity() == before
    with pytest.raises(RowsError, match="no such file"):
        stage.check(None)
    _benchmark(tmp_path, {"question": "Norway?", "answer": "Bergen"})
    assert stage.identity() != before


def test_names_of_benchmarks_are_told_apart() -> None:
    with pytest.raises(RecipeError, match="two files of one name"):
        parse(Evaluate, {"benchmarks": ["a/x.jsonl", "b/x.jsonl"]}, "recipe", error=RecipeError)
    with pytest.raises(RecipeError, match="shipped set"):
        parse(Evaluate, {"benchmarks": {"general": "x"}}, "recipe", error=RecipeError)


def test_without_any_question_there_is_nothing_to_ask() -> None:
    with pytest.raises(RecipeError, match="nothing to ask"):
        Evaluate().check(None)


def test_several_attempts_give_pass_at_k_and_a_majority(tmp_path: Path) -> None:
    one = _leaf("knowledge/capitals", CAPITALS.eval_examples[0])
    stage = Evaluate(general=False, samples=8)
    scores = stage.run(_context(tmp_path), [_model("wavering")], _taxonomy(one))
    (answer,) = scores.answers
    right = sum(attempt["score"] for attempt in answer["attempts"])
    assert answer["score"] == right / 8
    assert 4 < right < 8
    sampled = {line["metric"]: line["score"] for line in scores.stats["sampled"]}
    assert sampled["pass@1"] == right / 8
    assert sampled["pass@1"] < sampled["pass@2"] < sampled["pass@4"] <= sampled["pass@8"] == 1
    assert sampled["majority"] == 1
    assert answer["answer"] == "It is Oslo."


def test_pass_at_all_attempts_is_told_too(tmp_path: Path) -> None:
    one = _leaf("knowledge/capitals", CAPITALS.eval_examples[0])
    for samples, told in ((5, [1, 2, 4, 5]), (4, [1, 2, 4]), (2, [1, 2])):
        stage = Evaluate(general=False, samples=samples)
        scores = stage.run(_context(tmp_path), [_model("wavering")], _taxonomy(one))
        lines = [line for line in scores.stats["sampled"] if line["leaf"] == "*"]
        metrics = [line["metric"] for line in lines]
        assert metrics == ["majority", *(f"pass@{k}" for k in told)]


def test_tasks_of_a_model_that_the_harness_cannot_load_are_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = _context(tmp_path)
    monkeypatch.setattr(context.progress, "say", lambda text: None)
    stage = Evaluate(general=False, lm_eval=["arc_easy"])
    scores = stage.run(context, [_model("knowing")], _taxonomy(CAPITALS))
    assert scores.stats["lm_eval_left_out"] == ["knowing"]


def test_the_guard_asks_general_questions_and_says_where_it_cannot_read(tmp_path: Path) -> None:
    scores = Evaluate().run(_context(tmp_path), [_model("knowing")], _taxonomy(CAPITALS))
    general = _line(scores.table, "knowing", "benchmark:general")
    assert general["n"] >= 60
    (line,) = scores.stats["perplexity"]
    assert line["unavailable"].startswith("scripted")
