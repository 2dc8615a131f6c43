"""One stage alone, on the user's own files."""

import json
from pathlib import Path

import pytest
from tutelage.accounting import ledger
from tutelage.contract.context import Silent
from tutelage.core.artifacts import Rows, question_of, read_rows
from tutelage.core.errors import InputError, RecipeError, RowsError, TaxonomyError
from tutelage.runtime.single_stage import run_alone
from tutelage.testing.loopback import Loopback, chat_reply

from tests.trees import HARBOUR_PATH, harbour


def alone(out: Path, name: str, *given: str, sets: tuple[str, ...] = ()) -> None:
    """Run a stage as the command line does."""
    run_alone(name, list(given), out, list(sets), None, 1, Silent())


def rows(folder: Path, *lines: object) -> Path:
    """A user's file of rows."""
    file = folder / "mine.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return file


def test_ones_own_rows_are_filtered_into_a_folder(tmp_path: Path) -> None:
    mine = rows(
        tmp_path,
        {"prompt": "Why?", "completion": "Because."},
        {"prompt": [{"role": "user", "content": "why"}], "completion": "So."},
        {"messages": [{"role": "user", "content": "How?"}]},
    )
    out = tmp_path / "out"
    alone(out, "filter", f"rows={mine}", sets=("filters=[exact_duplicate]",))
    made = Rows.load(out)
    assert [question_of(row) for row in made.kept] == ["Why?", "How?"]
    assert made.kept[0]["completion"] == [{"role": "assistant", "content": "Because."}]
    assert len({row["id"] for row in made.kept + made.rejected}) == 3
    funnel = json.loads((out / "funnel.json").read_text(encoding="utf-8"))
    assert funnel == {"*": {"kept": 2, "rejected": {"exact_duplicate": 1}}}


def test_a_model_answers_ones_own_prompts_once(tmp_path: Path) -> None:
    mine, out = rows(tmp_path, {"prompt": "Why?"}), tmp_path / "out"
    given = (f"rows={mine}", "model=scripted:tests.stages.fakes:echo")
    for _ in range(2):
        alone(out, "responses", *given, sets=("help=none",))
    (row,) = read_rows(out)
    assert row["completion"] == [{"role": "assistant", "content": "Why?"}]
    assert sum(entry.spent.requests for entry in ledger.load(out / "ledger.jsonl")) == 1


def test_a_model_is_given_with_settings_as_in_a_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_KEY", "sk-very-secret-0123456789")
    mine, out = rows(tmp_path, {"prompt": "Why?"}), tmp_path / "out"
    with Loopback(lambda body: chat_reply(f"At {body['top_k']}.")) as server:
        settings = "key_env: OWN_KEY, price: {input: 1, output: 1}, extra: {top_k: 3}"
        model = f"model={{ref: {server.url}#tiny, {settings}}}"
        alone(out, "responses", f"rows={mine}", model, sets=("help=none",))
    assert "Bearer sk-very-secret-0123456789" in server.headers[0]
    (row,) = read_rows(out)
    assert row["completion"] == [{"role": "assistant", "content": "At 3."}]
    assert ledger.total(e.usage for e in ledger.load(out / "ledger.jsonl")).usd
    assert "sk-very" not in "".join(f.read_text("utf-8") for f in out.glob("*.json*"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"words": "x"}, "mine.jsonl:2: needs TRL's columns"),
        ({"prompt": [{"content": "Why?"}]}, "mine.jsonl:2: column prompt.0: a turn needs `role`"),
        (
            {"messages": [{"role": "user"}]},
            "mine.jsonl:2: column messages.0: a turn of user needs `content`",
        ),
    ],
)
def test_a_row_that_lacks_something_is_named(
    tmp_path: Path, line: dict[str, object], said: str
) -> None:
    mine = rows(tmp_path, {"prompt": "Why?"}, line)
    with pytest.raises(RowsError) as caught:
        alone(tmp_path / "out", "filter", f"rows={mine}")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("name", "given", "sets", "said"),
    [
        ("fliter", (), (), "did you mean 'filter'"),
        ("filter", (), (), "input 'rows' is required: give --in rows=..."),
        ("filter", ("row=x",), (), "no input 'row'; did you mean 'rows'"),
        ("filter", ("rows",), (), "write it as name=file"),
        ("filter", (), ("filter=[length]",), "did you mean 'filters'"),
        ("filter", (), ("filters=[lenght]",), "did you mean 'length'"),
        ("evaluate", ("models=scripted:",), (), "nothing to ask"),
        ("sft", ("student=nowhere",), (), "neither a model folder"),
        ("responses", ("model={ref: org/a, key: x}",), (), "--in model: key: unknown key 'key'"),
        ("responses", ("model={ref: 'http://h/v1#a', key_env: NO_KEY}",), (), "NO_KEY (key_env)"),
        ("responses", ("model={ref: org/a, engine: scripted}",), (), "cannot run local weights"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, name: str, given: tuple[str, ...], sets: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        alone(tmp_path / "out", name, *given, sets=sets)
    assert said in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_taxonomy_is_given_as_a_folder(tmp_path: Path) -> None:
    harbour(tmp_path / "tree")
    given = ["teacher=scripted:"]
    out = tmp_path / "out"
    run_alone("instructions", given, out, [], tmp_path / "tree", 1, Silent())
    assert HARBOUR_PATH in {row["leaf"] for row in read_rows(out)}
    for number, folder in enumerate((str(tmp_path / "tree"), "smoke")):
        alone(tmp_path / str(number), "instructions", *given, f"taxonomy={folder}")
    assert {row["leaf"] for row in read_rows(tmp_path / "0")} == {
        row["leaf"] for row in read_rows(out)
    }
    with pytest.raises(TaxonomyError, match="--in taxonomy smok: no such folder; did you mean"):
        alone(out, "instructions", *given, "taxonomy=smok")
    with pytest.raises(RecipeError, match="there is a --taxonomy too"):
        run_alone("instructions", [*given, "taxonomy=smoke"], out, [], "smoke", 1, Silent())
    with pytest.raises(RecipeError, match=r"write it as a\.b=value"):
        run_alone("instructions", given, out, ["samples"], tmp_path / "tree", 1, Silent())


def test_a_field_of_what_is_no_mapping_is_named(tmp_path: Path) -> None:
    sets = ("filters=1", "filters.length=8")
    with pytest.raises(RecipeError, match=r"filters\.length=8: 'filters' is not a mapping"):
        alone(tmp_path / "out", "filter", sets=sets)
