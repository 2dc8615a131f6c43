"""Small taxonomies, written to disk as a user would write them."""

from pathlib import Path

from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

HARBOUR = """
task_description: Facts about the harbour of Elsmere.
document: {path: [docs/*.md]}
seed_examples:
  - context: The harbour of Elsmere has 42 berths. It lies on the river Wend.
    questions_and_answers:
      - {question: "How many berths does the harbour of Elsmere have?", answer: 42 berths}
      - {question: "On which river does the harbour of Elsmere lie?", answer: Wend}
eval_examples:
  - {question: "What does a night in Elsmere's harbour cost?", answer: 25 crowns}
"""
HARBOUR_TEXT = """# The harbour of Elsmere

## Staying
A night in the harbour costs 25 crowns.
The crane lifts 12 tonnes.

## Arriving
The office opens at 6 o'clock.
"""
NOTICES = """
task_description: Turn a notice into JSON with the boat and the berth.
attributes: {boat: [Alma, Bris], berth: ["7", "19", "31"]}
verify: [{json_schema: {type: object, required: [boat]}}]
samples: 6
seed_examples:
  - question: "Put this notice into JSON: The Alma lies at berth 7."
    answer: '{"boat": "Alma", "berth": "7"}'
    attributes: {boat: Alma, berth: "7"}
  - question: "Put this notice into JSON: Berth 19 is taken by the Bris."
    answer: '{"boat": "Bris", "berth": "19"}'
    attributes: {boat: Bris, berth: "19"}
"""
HARBOUR_PATH = "knowledge/harbour"
NOTICES_PATH = "compositional_skills/notices"


def plant(folder: Path, leaves: dict[str, str]) -> Path:
    """Write one `qna.yaml` per leaf path under `folder`."""
    for path, text in leaves.items():
        write(folder / path / "qna.yaml", text)
    return folder


def write(file: Path, text: str) -> Path:
    """Write a text file and the folders it stands in."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def wrong_demand(folder: Path) -> Taxonomy:
    """The skill alone, with a demand on its answers that no verifier knows."""
    wrong = NOTICES.replace("verify: [{json_schema: {", "verify: [{max_word: 3}, {json_schema: {")
    return load_taxonomy(plant(folder, {NOTICES_PATH: wrong}))


def harbour(folder: Path) -> Taxonomy:
    """A knowledge leaf with a document, and a skill with a grid of attributes."""
    plant(folder, {HARBOUR_PATH: HARBOUR, NOTICES_PATH: NOTICES})
    write(folder / HARBOUR_PATH / "docs" / "harbour.md", HARBOUR_TEXT)
    return load_taxonomy(folder)
