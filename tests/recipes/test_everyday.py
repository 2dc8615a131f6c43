"""The everyday prompts that are replayed: none asks what the guard of general ability asks."""

import json
from difflib import SequenceMatcher
from pathlib import Path

import tutelage.evaluation

PROMPTS = Path(__file__).parents[2] / "recipes" / "everyday.jsonl"
GUARD = Path(tutelage.evaluation.__file__).with_name("general.jsonl")


def texts(file: Path, field: str) -> list[str]:
    return [json.loads(line)[field].lower() for line in file.read_text("utf-8").splitlines()]


def test_no_prompt_is_near_a_question_of_the_guard() -> None:
    prompts, asked = texts(PROMPTS, "prompt"), texts(GUARD, "question")
    assert len(set(prompts)) == len(prompts) > 90 and len(asked) == 64
    near = [(p, q) for p in prompts for q in asked if SequenceMatcher(None, p, q).ratio() > 0.8]
    assert near == []
