"""What a reference says of where a model's files are."""

from pathlib import Path

import pytest
from tutelage.core.errors import ModelReferenceError
from tutelage.models.engines.transformers import weights_place
from tutelage.models.hub import look_up
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import Reference, parse_reference, url_under
from tutelage.runtime.student_loading import _places

from tests.trees import write


def _model(reference: Reference) -> Model:
    return Model("student", reference, ModelConfig(ref=reference.text), "id")


def test_an_at_sign_in_a_path_begins_no_revision(tmp_path: Path) -> None:
    folder = tmp_path / "me@lab" / "sft"
    write(folder / "config.json", "{}")
    reference = parse_reference(str(folder), tmp_path)
    assert reference.place == (str(folder), None)
    assert weights_place(_model(reference)) == {"pretrained_model_name_or_path": str(folder)}


@pytest.mark.parametrize(
    ("text", "place"),
    [("org/name", ("org/name", None)), ("org/name@v1.2", ("org/name", "v1.2"))],
)
def test_of_a_hub_name_what_follows_the_at_sign_is_the_revision(
    text: str, place: tuple[str, str | None]
) -> None:
    assert parse_reference(text, Path()).place == place


def test_an_adapter_is_opened_by_its_own_tokenizer_and_the_config_of_its_base(
    tmp_path: Path,
) -> None:
    write(tmp_path / "adapter_config.json", '{"base_model_name_or_path": "org/base"}')
    model = _model(parse_reference(str(tmp_path), tmp_path))
    opened = {name: one["pretrained_model_name_or_path"] for name, one in _places(model).items()}
    assert opened == {"config": "org/base", "tokenizer": "org/base"}
    write(tmp_path / "tokenizer_config.json", "{}")
    opened = {name: one["pretrained_model_name_or_path"] for name, one in _places(model).items()}
    assert opened == {"config": "org/base", "tokenizer": str(tmp_path)}


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://h:1/v1", "http://h:1/v1/models"),
        ("http://h:1/v1/", "http://h:1/v1/models"),
        ("http://h:1", "http://h:1/models"),
        ("https://h/v1?api-version=2024", "https://h/v1/models?api-version=2024"),
        ("https://h/v1/?api-version=2024", "https://h/v1/models?api-version=2024"),
    ],
)
def test_a_path_goes_before_the_query_of_a_servers_url(base: str, url: str) -> None:
    assert url_under(base, "models") == url
    assert url_under(parse_reference(f"{base}#tiny", Path()).url, "models") == url


def test_a_file_of_a_model_that_is_not_here_is_none(tmp_path: Path) -> None:
    write(tmp_path / "config.json", "{}")
    folder = parse_reference(str(tmp_path), tmp_path)
    assert folder.cached("config.json") == tmp_path / "config.json"
    assert folder.cached("README.md") is None
    assert parse_reference("nobody/nothing-of-the-kind", tmp_path).cached("config.json") is None


def test_a_name_like_the_hubs_is_the_folder_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "w" / "mine"
    assert parse_reference("w/mine", tmp_path).kind == "hub"
    write(folder / "config.json", "{}")
    taken = parse_reference("w/mine", tmp_path)
    assert (taken.kind, taken.file) == ("folder", folder)
    assert taken.note == f"'w/mine' is the folder {folder}, not a model of the hub"
    assert not parse_reference("./w/mine", tmp_path).note
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelReferenceError, match="but one in the current folder; write its path"):
        parse_reference("w/mine", tmp_path / "recipes")


def test_where_the_hub_has_no_such_model_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    found = look_up(parse_reference("nobody/nothing-of-the-kind", tmp_path))
    assert found.problem
    assert f"in the folder {tmp_path / 'nobody' / 'nothing-of-the-kind'}" in found.words
