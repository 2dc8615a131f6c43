"""A teacher that asks a right question of each fact, and a document in several forms."""

import re

from tutelage.models.chat import Message

QUESTIONS: dict[str, list[str]] = {
    # connected prose
    "The Osterley Mill was built in 1788 by the carpenter Joss Hale.": [
        "In which year was the Osterley Mill built?",
        "Who built the Osterley Mill?",
    ],
    "Its wheel, which turns only when the sluice is open, measures 5 metres across.": [
        "How wide is the wheel of the Osterley Mill?",
        "When does the wheel of the Osterley Mill turn?",
    ],
    "On Fridays flour is sold in the yard, whereas bran goes to the farm at Nethercote.": [
        "On which day is flour sold at the Osterley Mill?",
        "Where does the bran of the Osterley Mill go?",
    ],
    "Dogs may not enter the grinding floor.": [
        "Which floor of the Osterley Mill may dogs not enter?",
    ],
    "A sack of rye is ground for 6 florins.": [
        "What does grinding a sack of rye cost at the Osterley Mill?",
    ],
    # a list and a table
    "Tours: The cellar is shown at 10:30.": [
        "At what time is the cellar of the Osterley Mill shown?",
    ],
    "Tours: Groups of more than 12 people book by telephone.": [
        "How do groups of more than 12 people book at the Osterley Mill?",
    ],
    "Whole rye: Price 4 florins; Weight 2 kg.": [
        "How much does whole rye from the Osterley Mill cost?",
        "What weight of whole rye does the Osterley Mill sell?",
    ],
    "Spelt: Price 7 florins; Weight 1 kg.": [
        "What is the price of spelt at the Osterley Mill?",
    ],
}
DOCUMENT = """# The Osterley Mill

The Osterley Mill was built in 1788 by the carpenter Joss Hale. Its wheel, which turns only when the
sluice is open, measures 5 metres across. On Fridays flour is sold in the yard, whereas bran goes to
the farm at Nethercote.

## Rules

Dogs may not enter the grinding floor. A sack of rye is ground for 6 florins.

## Tours

- The cellar is shown at 10:30.
- Groups of more than 12 people book by telephone.

## Flour

| Flour | Price | Weight |
|---|---|---|
| Whole rye | 4 florins | 2 kg |
| Spelt | 7 florins | 1 kg |
"""
LEAF = """
task_description: Facts about the Osterley Mill.
document: {path: [docs/*.md]}
seed_examples:
  - context: The Osterley Mill lies on the river Wend. It has three floors.
    questions_and_answers:
      - {question: "On which river does the Osterley Mill lie?", answer: Wend}
      - {question: "How many floors does the Osterley Mill have?", answer: three}
      - {question: "What lies on the river Wend near the Osterley Mill's yard?", answer: the mill}
eval_examples:
  - {question: "Name the joiner of the old building at Osterley.", answer: Hale}
"""


def ask(messages: tuple[Message, ...], seed: int) -> str:
    """One of the questions about the fact in the last turn."""
    fact = messages[-1]["content"].partition("\nFact:")[2].strip()
    plain = re.sub(r"[\[\]]", "", fact)
    known = max(QUESTIONS, key=lambda one: len(_words(one) & _words(plain)))
    return QUESTIONS[known][seed % len(QUESTIONS[known])]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
