"""`tutelage init` without a teacher: leaves, blanks to fill in, a recipe that plans, reruns."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tutelage
import yaml
from tutelage.authoring.init.init_taxonomy import init_taxonomy
from tutelage.authoring.init.task_list import demands_of
from tutelage.core.errors import InputError, TaxonomyError
from tutelage.core.yaml_io import read_yaml
from tutelage.taxonomy.documents.statements import statements
from tutelage.taxonomy.load import load_taxonomy

ODD = "odd [name] *1*?.md"


def page(title: str, facts: int, sections: int = 2) -> str:
    """A document whose facts are spread over sections."""
    parts = [f"# {title}\n"]
    for section in range(sections):
        parts.append(f"\n## Part {section} of {title}\n")
        numbers = range(section, facts, sections)
        parts += [
            f"\nThe {title} beam number {n} carries {n + 3} tonnes of steel.\n" for n in numbers
        ]
    return "".join(parts)


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def filled(file: Path) -> None:
    """Fill in every blank example as a person would."""
    data: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    for key in ("seed_examples", "eval_examples"):
        for number, example in enumerate(data[key]):
            example |= {"question": f"How much does {key} {number} carry?", "answer": f"{number} t"}
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def manuals(tmp_path: Path) -> Path:
    folder = tmp_path / "manuals"
    write(folder / "cranes" / "big.md", page("Great Crane", 20))
    write(folder / ODD, page("Kran Älv", 14))
    write(folder / "notes" / "a.txt", "The gate opens at 7.\n")
    write(folder / "notes" / "b.html", "<h1>Gate</h1><p>The gate shuts at 9.</p>")
    write(folder / "empty.md", "")
    write(folder / "copy.md", page("Great Crane", 20))
    write(folder / "picture.png", "x")
    write(folder / ".hidden" / "c.md", "It is hidden.\n")
    (folder / "nothing").mkdir()
    return folder


def test_folders_and_headings_become_leaves_that_read_documents_in_place(
    manuals: Path, tmp_path: Path
) -> None:
    made = init_taxonomy([manuals], None, tmp_path / "t")
    assert [leaf.path for leaf in made.leaves] == [
        "knowledge/great_crane",
        "knowledge/kran_älv",
        "knowledge/notes",
    ]
    assert {Path(name).name for name in made.left_out} == {"empty.md", "big.md", "picture.png"}
    leaves = load_taxonomy(tmp_path / "t", [manuals], unfinished=True).leaves
    assert {doc.name for leaf in leaves for doc in leaf.documents} >= {ODD, "notes/a.txt"}
    assert not list((tmp_path / "t").rglob("*.md"))


def test_the_recipe_plans_and_a_run_lists_what_is_to_fill_in(manuals: Path, tmp_path: Path) -> None:
    made = init_taxonomy([manuals], None, tmp_path / "t", base="smoke")
    planned = tutelage.plan(made.recipe, out=tmp_path / "run", quiet=True)
    assert sum("still to fill in" in text for text in planned.checks.warnings) == 1
    with pytest.raises(TaxonomyError, match="still to fill in") as caught:
        tutelage.run(made.recipe, out=tmp_path / "run", quiet=True)
    assert str(caught.value).count("qna.yaml:") == 2 * len(made.leaves)
    for leaf in made.leaves:
        filled(leaf.file)
    assert load_taxonomy(made.folder, [manuals]).leaves


def test_files_follow_the_schemas_that_they_name(manuals: Path, tmp_path: Path) -> None:
    made = init_taxonomy([manuals], None, tmp_path / "t")
    for file in [made.recipe, *(leaf.file for leaf in made.leaves)]:
        text = file.read_text(encoding="utf-8")
        name = text.partition("\n")[0].removeprefix("# yaml-language-server: $schema=")
        schema = json.loads((file.parent / name).read_text(encoding="utf-8"))
        jsonschema.validate(read_yaml(text).value, schema)


def test_a_rerun_adds_and_changes_nothing(manuals: Path, tmp_path: Path) -> None:
    made = init_taxonomy([manuals], None, tmp_path / "t")
    edited = made.leaves[0].file
    edited.write_text(edited.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    edited.parent.rename(edited.parents[1] / "renamed")
    before = {f: f.read_bytes() for f in made.folder.rglob("*.yaml")}
    write(manuals / "new.md", page("Kran Älv", 30))
    again = init_taxonomy([manuals], None, tmp_path / "t")
    assert [leaf.path for leaf in again.leaves] == ["knowledge/kran_älv_2"]
    assert all(file.read_bytes() == content for file, content in before.items())
    assert made.recipe in again.kept


def test_a_large_document_is_parted_at_its_headings(tmp_path: Path) -> None:
    text = page("Handbook", 260, sections=4).replace(
        "# Handbook\n", "# Handbook\n\nIt is long.\n", 1
    )
    write(tmp_path / "docs" / "all.md", text)
    made = init_taxonomy([tmp_path / "docs"], None, tmp_path / "t")
    assert len(made.leaves) == 4
    leaves = load_taxonomy(tmp_path / "t", [tmp_path / "docs"], unfinished=True).leaves
    there = [one.id for leaf in leaves for doc in leaf.documents for one in statements(doc)]
    assert len(there) == len(set(there)) == 261


def test_tasks_become_skills_with_the_demands_of_their_words(tmp_path: Path) -> None:
    tasks = write(
        tmp_path / "tasks.txt", "# mine\n\n- Greet in at most 9 words\nSort it.\nSort it!\n"
    )
    made = init_taxonomy([], tasks, tmp_path / "t")
    assert [leaf.path.partition("/")[2] for leaf in made.leaves] == [
        "greet_in_at_most_9_words",
        "sort_it",
        "sort_it_2",
    ]
    planned = load_taxonomy(tmp_path / "t", unfinished=True)
    assert planned.leaves[0].verify == ({"max_words": 9},)
    assert len(init_taxonomy([], tasks, tmp_path / "t").leaves) == 0


@pytest.mark.parametrize(
    ("task", "demands"),
    [
        ("Reply in exactly two sentences", [{"sentences": {"exactly": 2}}]),
        (
            "List at least 3 and at most 5 bullet points",
            [{"bullets": {"at_least": 3, "at_most": 5}}],
        ),
        ("Turn the order into JSON", [{"json_schema": {"type": "object"}}]),
        (
            "Turn it into JSON with the keys name, `due_date` and guests",
            [{"json_schema": {"type": "object", "required": ["name", "due_date", "guests"]}}],
        ),
        ("Write JSON with all keys in lower case", [{"json_schema": {"type": "object"}}]),
        ("List the 3 most important points of a text as bullets", [{"bullets": {"exactly": 3}}]),
        ("Name two risks in bullet points", [{"bullets": {"exactly": 2}}]),
        ("Count the words of a sentence", []),
        ("Explain the two sentences that a judge gave", []),
    ],
)
def test_demands_are_read_from_a_task(task: str, demands: list[dict[str, Any]]) -> None:
    assert demands_of(task) == demands


@pytest.mark.parametrize("name", ["none", "empty", "picture.png", "broken.pdf"])
def test_what_holds_no_documents_is_one_line(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    if name == "empty":
        place.mkdir()
    elif name != "none":
        place.write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(InputError, match=name) as caught:
        init_taxonomy([place], None, tmp_path / "t")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "t").exists()


def test_a_recipe_that_does_not_fit_is_seen_before_anything_is_written(
    manuals: Path, tmp_path: Path
) -> None:
    for more in ({"base": "nosuch"}, {"base": "smoke", "student": "scripted:"}):
        with pytest.raises(InputError, match=r"nosuch|has no model 'student'"):
            init_taxonomy([manuals], None, tmp_path / "t", **more)
    assert not (tmp_path / "t").exists()
