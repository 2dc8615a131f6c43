"""What ends an answer in training stops generation: checked before, and true of what is saved."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Row
from tutelage.core.errors import InputError
from tutelage.models.chat import Request, Sampling
from tutelage.models.engines.openvino import OpenVINO
from tutelage.models.engines.openvino_export import export
from tutelage.models.engines.transformers import Transformers
from tutelage.models.generation import stops_of
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages import DPO, SFT
from tutelage.training.adapter import Adapter
from tutelage.training.encoder import IGNORED, Encoder
from tutelage.training.endings import check_saved, ending_of
from tutelage.training.merge import write_merged

from tests.training.conftest import Train
from tests.training.row_files import demonstrations, pairs, said
from tests.training.tiny_students import base_model, variant

LEARNT: dict[str, Any] = {"epochs": 40.0, "learning_rate": 2e-2, "bf16": False, "batch_size": 4}
ROWS: list[Row] = [
    {
        "id": "r",
        "leaf": "*",
        "prompt": [{"role": "user", "content": "Which berth?"}],
        "completion": said("Berth 7"),
    }
]
RIGHT = [("Berth 7", "stop")]


def answers(folder: Path) -> list[tuple[str, str]]:
    """What a checkpoint answers to the rows it was taught, and why each answer ended."""
    reference = parse_reference(str(folder), Path())
    engine = Transformers(Model("m", reference, ModelConfig(ref=reference.text), ""), exact=True)
    return ended(engine)


def ended(engine: Any) -> list[tuple[str, str]]:
    requests = [Request(row["id"], tuple(row["prompt"]), Sampling(max_tokens=12)) for row in ROWS]
    found = {done.request.id: done for done in engine.complete(requests)}
    engine.close()
    return [(found[row["id"]].text, found[row["id"]].finish_reason) for row in ROWS]


def in_openvino(folder: Path, place: Path) -> list[tuple[str, str]]:
    pytest.importorskip("openvino_genai")
    reference = parse_reference(str(folder), Path())
    place.mkdir()
    config = ModelConfig(ref=reference.text, in_flight=4)
    return ended(OpenVINO(export(Model("m", reference, config, ""), place), config))


def test_a_base_model_taught_chatml_stops_everywhere(
    train: Train, student: Path, tmp_path: Path
) -> None:
    base = base_model(student, tmp_path / "base")
    done = train(SFT(**LEARNT, chat_template="chatml"), ROWS, start=base)
    assert answers(done.folder) == RIGHT
    assert in_openvino(done.folder, tmp_path / "openvino") == RIGHT


def test_so_does_an_adapter_of_it_and_its_merge(
    train: Train, student: Path, tmp_path: Path
) -> None:
    base = base_model(student, tmp_path / "base")
    learnt = LEARNT | {"epochs": 160.0, "learning_rate": 1e-2}  # an adapter learns more slowly
    stage = SFT(**learnt, chat_template="chatml", adapter=Adapter(rank=16))
    done = train(stage, ROWS, start=base)
    merged = tmp_path / "merged"
    write_merged({"base": str(base), "adapter": str(done.folder), "out": str(merged)}, tmp_path)
    assert answers(done.folder) == answers(merged) == RIGHT
    assert in_openvino(done.folder, tmp_path / "openvino") == RIGHT


def test_without_its_marks_in_the_vocabulary_chatml_ends_with_the_students_own(
    train: Train, student: Path, tmp_path: Path
) -> None:
    bare = variant(student, tmp_path / "bare", template=None)
    done = train(SFT(**LEARNT, chat_template="chatml"), ROWS, start=bare)
    assert answers(done.folder) == RIGHT


def test_the_last_trained_token_of_every_answer_is_an_end(student: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    template = (
        "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>\n\n{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    )
    folder = variant(student, tmp_path / "spaced", template=template)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ending = ending_of(tokenizer, stops_of(folder))
    turns = [*ROWS[0]["prompt"], *ROWS[0]["completion"]] * 2
    encoder = Encoder(tokenizer, ending.stops)
    (row,) = encoder.encode([{"id": "a", "messages": turns}])
    labels = [*row["labels"], IGNORED]
    last = [a for a, b in itertools.pairwise(labels) if a != IGNORED and b == IGNORED]
    assert last == [ending.token] * 2
    (pair,) = encoder.pairs(
        [{"id": "a", "length": 9, "prompt": turns[:1], "chosen": said("7"), "rejected": said("8")}]
    )
    assert pair["chosen_ids"][-1] == pair["rejected_ids"][-1] == ending.token


@pytest.mark.parametrize(
    "stage", [SFT(), SFT(adapter=Adapter()), DPO()], ids=["sft", "adapter", "dpo"]
)
def test_a_template_that_ends_with_nothing_is_refused_with_the_cure(
    train: Train, student: Path, tmp_path: Path, stage: Any
) -> None:
    endless = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}"
    file = tmp_path / "noeos.jinja"
    file.write_text(endless, encoding="utf-8")
    rows = pairs(4) if isinstance(stage, DPO) else demonstrations(4)
    own = stage.model_copy(update={"chat_template": str(file)})
    with pytest.raises(InputError, match=r"never end an answer. Write `\{\{ eos_token \}\}` after"):
        train(own, rows)


def test_an_end_among_several_that_the_settings_know_is_enough(
    student: Path, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    template = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|><|user|>{% endfor %}"
    folder = variant(student, tmp_path / "phi", template=template)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    (end,) = stops_of(folder)
    assert ending_of(tokenizer, [end]).token == end
    assert not ending_of(tokenizer, [end]).added
    check_saved(folder)
    (user,) = tokenizer("<|user|>", add_special_tokens=False)["input_ids"]
    assert ending_of(tokenizer, [user]).token == user


def test_settings_that_could_not_be_saved_do_not_cost_the_training(
    train: Train, student: Path, tmp_path: Path
) -> None:
    import json

    base = base_model(student, tmp_path / "base")
    settings = json.loads((base / "generation_config.json").read_text())
    settings |= {"temperature": 0.6, "do_sample": False}
    (base / "generation_config.json").write_text(json.dumps(settings))
    quick = LEARNT | {"epochs": 1.0}
    done = train(SFT(**quick, chat_template="chatml"), ROWS, start=base)
    assert len(stops_of(done.folder)) == 2
