"""How likely a model finds an answer: by its own tokens, whatever stands beside it in a batch."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.contract.context import local_context
from tutelage.evaluation.answer_likelihood import NOTHING_SAID, mean_log_probs
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.choosers import by_likelihood
from tutelage.evaluation.test_time.choosers.by_likelihood import ByLikelihood
from tutelage.evaluation.test_time.choosers.chooser import Means
from tutelage.evaluation.test_time.pool import Sample
from tutelage.evaluation.test_time.settings import TestTime
from tutelage.models.answered import Answered
from tutelage.models.chat import Message, Request, Sampling
from tutelage.models.chat_prompt import ChatPrompt
from tutelage.models.engines.transformers import Transformers
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.testing.tiny_student import write_tiny_student

from tests.training.tiny_students import TOOLS, variant

ASKED: tuple[Message, ...] = ({"role": "user", "content": "Where is the boat?"},)
TIDE: Any = ({"type": "function", "function": {"name": "tide", "description": "The tide."}},)
CALL = '<tool_call>{"name": "tide", "arguments": {}}</tool_call>'


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_student(folder, ["Where is the boat? In the harbour."], hidden_size=16)
    reference = parse_reference(str(folder), Path())
    return Model("tiny", reference, ModelConfig(ref=reference.text), reference.identity())


def test_each_answer_is_read_by_itself(tiny: Model) -> None:
    texts = ["In the harbour.", "In the harbour, where it has been for a very long time.", "", "x"]
    together = mean_log_probs(tiny, [Answered(ASKED, text) for text in texts])
    alone = [mean_log_probs(tiny, [Answered(ASKED, text)])[0] for text in texts[:2]]
    assert together[:2] == pytest.approx(alone, abs=1e-4)
    assert together[2] == NOTHING_SAID
    assert all(-30 < value < 0 for value in (together[0], together[3]))


def test_it_is_the_mean_over_tokens_that_the_model_gives(tiny: Model) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    place = str(tiny.folder)
    tokenizer = AutoTokenizer.from_pretrained(place)
    model = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32).eval()
    prompt = tokenizer.apply_chat_template(
        [dict(turn) for turn in ASKED], tokenize=False, add_generation_prompt=True
    )
    given = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    answer = tokenizer("In the harbour.", add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        logits = model(torch.tensor([given + answer])).logits[0].log_softmax(-1)
    wanted = [float(logits[len(given) - 1 + n, token]) for n, token in enumerate(answer)]
    (found,) = mean_log_probs(tiny, [Answered(ASKED, "In the harbour.")])
    assert found == pytest.approx(sum(wanted) / len(wanted), abs=1e-4)


@pytest.mark.parametrize("template", [None, TOOLS])
def test_tools_are_in_the_prompt_as_the_model_was_shown_them(
    tiny: Model, tmp_path: Path, template: str | None
) -> None:
    model = tiny
    if template:
        assert tiny.folder
        reference = parse_reference(str(variant(tiny.folder, tmp_path, template=template)), Path())
        model = Model("tiny", reference, ModelConfig(ref=reference.text), reference.identity())
    engine = Transformers(model)
    asked: list[str] = []

    def encoded(text: str) -> list[int]:
        asked.append(text)
        return [1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine, "_encode", encoded)
        list(engine.complete([Request("1", ASKED, Sampling(max_tokens=1), tools=TIDE)]))
    (prompt,) = asked
    assert '"tide"' in prompt
    with pytest.MonkeyPatch.context() as patched:  # the same prompt, as a template's only turn
        patched.setattr(ChatPrompt, "text", lambda self, turns, tools: prompt)
        wanted = mean_log_probs(model, [Answered(ASKED, CALL)])
    assert mean_log_probs(model, [Answered(ASKED, CALL, TIDE)]) == wanted
    assert mean_log_probs(model, [Answered(ASKED, CALL)]) != wanted


def test_the_chooser_shows_the_tools_of_each_question(
    tiny: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Answered] = []

    def scores(model: Model, answered: list[Answered]) -> list[float]:
        shown.extend(answered)
        return [0.0]

    monkeypatch.setattr(by_likelihood, "mean_log_probs", scores)
    case = Case("1", "knowledge/sea", "knowledge", ASKED, (), (), tools=TIDE)
    context = local_context(tmp_path)
    pools = [[Sample(CALL, 1.0, Usage())]]
    ByLikelihood().judge(context, Means(TestTime(choose=["likelihood"])), tiny, [case], pools)
    context.journal.close()
    assert shown == [Answered(ASKED, CALL, TIDE)]
