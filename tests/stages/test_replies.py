"""What stages make of replies that reason, come in fences, or are all cut: on loopback servers."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.contract.stage import Stage, carry_out
from tutelage.core.artifacts import Rows, answer_of
from tutelage.core.errors import NothingUsable
from tutelage.models.engines.scripted import docile
from tutelage.models.model import Model
from tutelage.stages import Evaluate, Filter, Instructions, Judge, Responses
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy
from tutelage.testing.loopback import Loopback, Reply, chat_reply, question

from tests.models.generation_session import GenerationSession
from tests.stages.fakes import row
from tests.trees import HARBOUR_PATH, NOTICES_PATH, plant

Body = dict[str, Any]
WAYS: dict[str, Callable[[str], Body]] = {
    "block": lambda text: {"content": f"<think>\nOne line, please.\nYes?\n</think>\n\n{text}"},
    "lone end": lambda text: {"content": f"One line, please.\n</think>\n\n{text}"},
    "empty block": lambda text: {"content": f"<think>\n\n</think>\n\n{text}"},
    "field": lambda text: {"content": text, "reasoning_content": "One line, please."},
}


@pytest.fixture
def desk(tmp_path: Any) -> Any:
    made = GenerationSession(tmp_path)
    yield made
    made.close()


def thinking(way: str) -> Callable[[Body], Reply]:
    """A docile teacher that thinks aloud."""

    def answer(body: Body) -> Reply:
        text = docile(tuple(body["messages"]), body.get("seed", 0))
        message = {"role": "assistant", **WAYS[way](text)}
        return chat_reply("", choices=[{"message": message, "finish_reason": "stop"}])

    return answer


def reasoner(body: Body) -> Reply:
    """A server that counts 150 tokens of thought among those of the answer."""
    if body["max_tokens"] < 170:
        message = {"content": None, "reasoning_content": "Let me think."}
        used = {"prompt_tokens": 50, "completion_tokens": body["max_tokens"]}
        return chat_reply("", choices=[{"message": message, "finish_reason": "length"}], usage=used)
    return thinking("field")(body)


def made_by(context: Context, stage: Stage, **inputs: Any) -> Rows:
    try:
        made = carry_out(stage, context, inputs)
    finally:
        context.pool.release()
    assert isinstance(made, Rows)
    return made


@pytest.mark.parametrize("way", WAYS)
def test_rows_of_a_teacher_that_thinks_are_those_of_one_that_does_not(
    context: Context, taxonomy: Taxonomy, desk: GenerationSession, way: str
) -> None:
    stage = Instructions(questions_per_passage=2, samples=4, per_sample=2)
    plain = lambda body: chat_reply(docile(tuple(body["messages"]), body.get("seed", 0)))  # noqa: E731
    made: list[list[str]] = []
    for answer in (plain, thinking(way)):
        with Loopback(answer) as server:
            model = desk.model(server.url)
            asked = made_by(context, stage, taxonomy=taxonomy, teacher=model)
            rows = made_by(context, Responses(), rows=asked, model=model, taxonomy=taxonomy)
        assert not any("think" in f"{one['prompt']}{one['completion']}" for one in rows.kept)
        made.append([f"{one['prompt']}{answer_of(one)}" for one in rows.kept])
    assert made[0] == made[1] and len(made[0]) > 4
    thoughts = {one.get("reasoning") for one in rows.kept}
    expected = "One line, please.\nYes?" if way == "block" else "One line, please."
    assert thoughts == ({None} if way == "empty block" else {expected})


def test_an_answer_anew_leaves_no_reasoning_of_the_one_before(
    context: Context, desk: GenerationSession
) -> None:
    before = [row("1", reasoning="of another answer")]
    with Loopback(lambda body: chat_reply("Blue.")) as server:
        stage = Responses(help="none")
        (kept,) = made_by(context, stage, rows=Rows(before), model=desk.model(server.url)).kept
    assert "reasoning" not in kept


def rows_for(count: int) -> Rows:
    return Rows([row(f"q{n}", prompt=[{"role": "user", "content": f"q{n}"}]) for n in range(count)])


def test_a_stage_whose_answers_are_all_cut_while_reasoning_ends_after_a_dozen(
    context: Context, desk: GenerationSession
) -> None:
    with Loopback(reasoner) as server:
        stage, model = Responses(help="none", max_tokens=96), desk.model(server.url)
        with pytest.raises(NothingUsable, match="12 cut while reasoning") as caught:
            made_by(context, stage, rows=rows_for(200), model=model)
        assert len(server.asked) == 12
        assert "raise `models.teacher.reasoning_tokens` (now 0)" in str(caught.value)
        with pytest.raises(NothingUsable):  # what was paid for tells it again, for nothing
            made_by(context, stage, rows=rows_for(200), model=model)
        assert len(server.asked) == 12
        allowed = desk.model(server.url, reasoning_tokens=150)
        assert len(made_by(context, stage, rows=rows_for(30), model=allowed).kept) == 30


def test_details_of_a_reasoner_get_an_allowance_too(
    context: Context, taxonomy: Taxonomy, desk: GenerationSession
) -> None:
    stage = Instructions(questions_per_passage=2, leaves=[HARBOUR_PATH])
    with Loopback(reasoner) as server:
        with pytest.raises(NothingUsable, match="cut while reasoning"):
            made_by(context, stage, taxonomy=taxonomy, teacher=desk.model(server.url))
        assert len(server.asked) == 12
        model = desk.model(server.url, reasoning_tokens=400)
        assert made_by(context, stage, taxonomy=taxonomy, teacher=model).kept


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (chat_reply("and so on", "length"), r"Raise the `max_tokens` of the stage \(now 96\)"),
        (chat_reply("<think>hm</think>"), "Cut while reasoning; raise"),
        (chat_reply(""), "12 empty"),
        (chat_reply("no", "content_filter"), "12 withheld"),
        (chat_reply("So", "banana"), "12 ended by the server"),
    ],
)
def test_whatever_makes_all_answers_useless_is_said_early(
    context: Context, desk: GenerationSession, reply: Reply, words: str
) -> None:
    with Loopback(lambda body: reply) as server:
        with pytest.raises(NothingUsable, match=words):
            stage = Responses(help="none", max_tokens=96)
            made_by(context, stage, rows=rows_for(60), model=desk.model(server.url))
        assert len(server.asked) == 12


def test_one_usable_answer_among_the_first_lets_the_stage_go_on(
    context: Context, desk: GenerationSession
) -> None:
    def answer(body: Body) -> Reply:
        return chat_reply("fine") if question(body) == "q7" else chat_reply("x", "length")

    with Loopback(answer) as server:
        made = made_by(
            context, Responses(help="none"), rows=rows_for(60), model=desk.model(server.url)
        )
    assert len(made.kept) == 1
    assert {one["reason"] for one in made.rejected} == {"cut by length"}


def test_a_stage_may_go_on_all_the_same(context: Context, desk: GenerationSession) -> None:
    with Loopback(lambda body: chat_reply("x", "length")) as server:
        stage = Responses(help="none", give_up_after=0)
        made = made_by(context, stage, rows=rows_for(40), model=desk.model(server.url))
        assert len(made.rejected) == len(server.asked) == 40


@pytest.mark.parametrize("thinks", [False, True])
def test_an_exam_goes_on_with_cut_answers_but_not_with_thoughts_alone(
    context: Context, taxonomy: Taxonomy, desk: GenerationSession, thinks: bool
) -> None:
    stops = pytest.raises(NothingUsable, match="cut while reasoning") if thinks else nullcontext()
    reply = chat_reply("<think>hm" if thinks else "Blue is a", "length")
    with Loopback(lambda body: reply) as server, stops:
        inputs = {"models": [desk.model(server.url)], "taxonomy": taxonomy}
        carry_out(Evaluate(max_tokens=8), context, inputs)
    context.pool.release()


def test_an_answer_is_scored_not_what_was_thought(
    context: Context, desk: GenerationSession, tmp_path: Any
) -> None:
    exam = tmp_path / "exam.jsonl"
    exam.write_text('{"question": "What is the capital of Brindle?", "accept": ["Harlow"]}\n')
    said_so = chat_reply("<think>\nIs it Harlow? No, that is the port.\n</think>\n\nMoss")
    with Loopback(lambda body: said_so) as server:
        stage = Evaluate(benchmarks={"b": str(exam)}, general=False)  # type: ignore[dict-item]
        found = carry_out(stage, context, {"models": [desk.model(server.url)]})
        context.pool.release()
    (line,) = found.table  # type: ignore[union-attr]
    assert line["score"] == 0


def fenced(messages: Any, seed: int) -> str:
    """JSON in the forms that chat models like."""
    body = '{"boat": "Alma", "berth": "7"}'
    forms = [
        body,
        f"```json\n{body}\n```",
        f"```\n{body}\n```",
        f"Here is the JSON:\n```json\n{body}\n```\nAnything else?",
        f"<think>\nhm\n</think>\n\n{body}",
        f"Here is the JSON:\n{body}",
        body.replace('"', "'"),
    ]
    return forms[int(messages[-1]["content"].rpartition("berth ")[2].rstrip("."))]


def scripted(name: str) -> Model:
    from tests.stages.fakes import scripted as fake

    return fake(name, __name__)


def test_json_in_a_fence_is_read_and_trained_without_it(
    context: Context, taxonomy: Taxonomy
) -> None:
    asked = [
        row(f"{n}", NOTICES_PATH, prompt=[{"role": "user", "content": f"The Alma: berth {n}."}],
            attributes={"boat": "Alma", "berth": "7"})
        for n in range(7)
    ]  # fmt: skip
    made = made_by(
        context, Responses(), rows=Rows(asked), model=scripted("fenced"), taxonomy=taxonomy
    )
    passed = made_by(context, Filter(filters=["verified"]), rows=[made], taxonomy=taxonomy)
    assert [one["parents"][0] for one in passed.kept] == ["0", "1", "2", "3", "4"]
    assert {answer_of(one) for one in passed.kept} == {'{"boat": "Alma", "berth": "7"}'}
    assert all("not JSON" in one["reason"] for one in passed.rejected)


@pytest.mark.parametrize(
    "verdict",
    [
        "It fits.\nGrade: 3/3",
        "<think>\nIt fits.\nGrade: 1\nNo, 3.\n</think>\n\nIt fits.\nGrade: 3",
        "<think>\nIt fits.\n</think>\n\nGrade: 3",
        '```json\n{"rationale": "It fits.", "grade": 3}\n```',
    ],
)
def test_a_judges_grade_is_read_in_its_clear_forms(
    context: Context, desk: GenerationSession, verdict: str
) -> None:
    rows = Rows([row("1", completion=[{"role": "assistant", "content": "Alma"}])])
    with Loopback(lambda body: chat_reply(verdict)) as server:
        made = made_by(context, Judge(rubrics=["pair"]), rows=rows, judge=desk.model(server.url))
        assert len(made.kept) == len(server.asked) == 1


def test_an_ambiguous_grade_is_rejected_with_what_is_wrong(
    context: Context, desk: GenerationSession
) -> None:
    rows = Rows([row("1", completion=[{"role": "assistant", "content": "Alma"}])])
    with Loopback(lambda body: chat_reply("It fits.\nGrade: 3/5")) as server:
        made = made_by(context, Judge(rubrics=["pair"]), rows=rows, judge=desk.model(server.url))
    assert "3 of 5 is none of 1, 2, 3" in made.rejected[0]["reason"]


STEPS = """
task_description: Rewrite steps of a manual.
seed_examples:
  - {question: "Rewrite these steps in short:\\n1. Lift it.\\n2. Turn it.", answer: Lift and turn.}
  - {question: "Rewrite these steps kindly:\\n1. Close it.\\n2. Drain.", answer: "1. Shut it."}
"""


def steps(messages: Any, seed: int) -> str:
    """Two tasks that hold steps, as a numbered list; both say the leaf's opening again."""
    return (
        "1. Rewrite these steps in the past tense:\n1. Open the lid.\n2. Press the knob.\n"
        "2. Rewrite these steps politely:\n1. Sit.\n2. Stay."
    )


def test_tasks_that_hold_steps_stay_whole(context: Context, tmp_path: Any) -> None:
    planted = plant(tmp_path / "steps", {"compositional_skills/rewrite": STEPS})
    stage = Instructions(per_request=2, samples=2, per_sample=1, max_tokens=200)
    made = made_by(context, stage, taxonomy=load_taxonomy(planted), teacher=scripted("steps"))
    assert [one["prompt"][0]["content"] for one in made.kept] == [
        "Rewrite these steps in the past tense:\n1. Open the lid.\n2. Press the knob.",
        "Rewrite these steps politely:\n1. Sit.\n2. Stay.",
    ]
