"""Rows to train a tiny student on."""

from tutelage.core.artifacts import Row

from tests.stages.fakes import answered, row

LEAVES = ("knowledge/harbour", "compositional_skills/notices")


def said(text: str) -> list[dict[str, str]]:
    """An assistant's turn."""
    return [{"role": "assistant", "content": text}]


def demonstrations(count: int) -> list[Row]:
    """Questions and answers of several lengths, in two leaves."""
    texts = ["berth " * (1 + n % 7) + str(n) for n in range(count)]
    return [answered(text, f"row{n}", leaf=LEAVES[n % 2]) for n, text in enumerate(texts)]


def pairs(count: int) -> list[Row]:
    """Preference pairs of several lengths."""
    made = []
    for n in range(count):
        chosen, rejected = said("berth " * (1 + n % 5) + str(n)), said("crane " * (1 + n % 3))
        made.append(row(f"pair{n}", chosen=chosen, rejected=rejected))
    return made
