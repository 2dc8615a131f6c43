"""Reference pages are complete: every field has its description, every part its section."""

import importlib
from collections.abc import Iterator

import pytest
from pydantic import BaseModel
from tutelage.core.field_texts import field_texts
from tutelage.curation.filters.row_filter import FILTERS
from tutelage.recipe.schema import RecipeFile
from tutelage.stages import STAGES
from tutelage.taxonomy.qna import QnaFile
from tutelage.training.rewards.reward_term import REWARD_TERMS
from tutelage.verifiers.verifier import VERIFIERS

from docs.generated import PAGES, nested

PARTS = {"stages": STAGES, "filters": FILTERS, "verifiers": VERIFIERS, "rewards": REWARD_TERMS}


def classes() -> Iterator[type[BaseModel]]:
    yield from (RecipeFile, QnaFile)
    for path in [path for table in PARTS.values() for path in table.values()]:
        module, _, name = path.partition(":")
        yield getattr(importlib.import_module(module), name)


def test_every_field_that_users_write_is_described() -> None:
    kinds = {kind for one in classes() for kind in (one, *nested(one))}
    missing = [
        f"{kind.__module__}.{kind.__name__}.{name}: write a docstring under it"
        for kind in kinds
        for name in kind.model_fields
        if not field_texts(kind).get(name)
    ]
    assert sorted(missing) == []


@pytest.mark.parametrize("page", sorted(PARTS))
def test_every_part_has_its_section(page: str) -> None:
    text = PAGES[page]()
    assert all(f"\n## `{name}`\n" in f"\n{text}" for name in PARTS[page])


def test_a_recipes_keys_show_type_default_and_meaning() -> None:
    text = PAGES["recipe"]()
    assert "| `seed` | whole number | `1` | " in text
    assert "| `usd_per_hour` | number, ≥ 0 | not set | " in text
    assert "[Limits](#limits)" in text
    assert "\n## Limits\n" in text


def test_commands_show_their_options() -> None:
    text = PAGES["commands"]()
    assert "## `tutelage run`" in text
    assert "## `tutelage journal export`" in text
    assert "`--until`" in text
