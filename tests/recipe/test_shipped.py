"""Shipped recipes: found by name, listed in a line each, put into a user's folder whole."""

import json
from pathlib import Path

import pytest
from tutelage.core.errors import InputError, RecipeError, TaxonomyError
from tutelage.recipe.copy_recipe import copy_recipe
from tutelage.recipe.load_recipe import load_recipe
from tutelage.recipe.shipped import (
    find_recipe,
    shipped_recipes,
    shipped_taxonomies,
    summary_of,
)
from tutelage.taxonomy.load import load_taxonomy

from tests.trees import harbour


def test_a_recipe_is_found_by_name_or_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_recipe("quickstart") == shipped_recipes()["quickstart"]
    own = tmp_path / "quickstart"
    own.write_text("stages: {}", encoding="utf-8")
    assert find_recipe("quickstart") == Path("quickstart"), "a file here comes first"
    assert find_recipe(own) == own


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("smok", "smok: no shipped recipe or file; did you mean 'smoke'"),
        ("mine.yml", "mine.yml: no such file, and no shipped recipe; did you mean 'mine.yaml'"),
        ("no/where/mine.yaml", "no/where/mine.yaml: no such file"),
        ("own", "own: a folder, not a recipe file; give a file in it: own/a.yaml"),
        ("empty.yaml", "empty.yaml: a folder, not a recipe file; there is no .yaml file in it"),
    ],
)
def test_a_recipe_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").touch()
    (tmp_path / "empty.yaml").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.yaml").touch()
    with pytest.raises(RecipeError) as caught:
        find_recipe(given)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", shipped_recipes())
def test_every_recipe_says_in_a_line_what_it_is_for(name: str) -> None:
    summary = summary_of(shipped_recipes()[name])
    assert 20 < len(summary) < 160
    assert summary.endswith(".")


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_copied_recipe_is_the_same_and_stands_alone(name: str, tmp_path: Path) -> None:
    copied = copy_recipe(name, tmp_path / "mine")
    ours, theirs = load_recipe(shipped_recipes()[name]), load_recipe(copied.recipe)
    assert (theirs.taxonomy is None) == (ours.taxonomy is None)
    taxonomy = None
    if theirs.taxonomy is not None and ours.taxonomy is not None:
        assert theirs.taxonomy.resolve().is_relative_to(tmp_path)
        taxonomy = load_taxonomy(theirs.taxonomy)
        assert taxonomy.digest == load_taxonomy(ours.taxonomy).digest
    for own, shipped in zip(theirs.steps, ours.steps, strict=True):
        own.stage.check(taxonomy)
        # Files count by content, so the same files elsewhere give the same identity.
        assert own.stage.identity().keys() == shipped.stage.identity().keys()
    first, _, text = copied.recipe.read_text(encoding="utf-8").partition("\n")
    schema = tmp_path / "mine" / first.removeprefix("# yaml-language-server: $schema=")
    assert schema in copied.written
    assert json.loads(schema.read_text(encoding="utf-8"))["title"] == "Tutelage recipe"
    assert ".." + "/" not in text
    assert text.count("#") == shipped_recipes()[name].read_text(encoding="utf-8").count("#")


def test_a_copy_overwrites_nothing(tmp_path: Path) -> None:
    copy_recipe("quickstart", tmp_path)
    edited = tmp_path / "taxonomies" / "helpdesk" / "README.md"
    edited.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"quickstart\.yaml: exists already"):
        copy_recipe("quickstart", tmp_path)
    copied = copy_recipe("preference", tmp_path)
    assert copied.kept == [tmp_path / "taxonomies" / "helpdesk"]
    assert edited.read_text(encoding="utf-8") == "mine"
    with pytest.raises(RecipeError, match="did you mean 'preference'"):
        copy_recipe("preferences", tmp_path)


def test_a_copy_of_a_file_inside_its_taxonomy_brings_all_of_it(tmp_path: Path) -> None:
    copy_recipe("preference", tmp_path)
    copied = tmp_path / "taxonomies" / "helpdesk"
    assert load_taxonomy(copied).digest == load_taxonomy(shipped_taxonomies()["helpdesk"]).digest
    assert (copied / "preferences.jsonl").is_file()


def test_another_taxonomy_stands_in_for_the_recipes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    harbour(tmp_path / "tree")
    smoke = shipped_recipes()["smoke"]
    assert load_recipe(smoke, taxonomy="tree").taxonomy == tmp_path / "tree"
    by_name = load_recipe(smoke, taxonomy="helpdesk").taxonomy
    assert by_name == shipped_taxonomies()["helpdesk"]
    with pytest.raises(TaxonomyError, match=r"--taxonomy tre: no such folder; did you mean 'tree'"):
        load_recipe(smoke, taxonomy="tre")
