"""Licences: from a card or a GGUF header, unknown elsewhere."""

import struct
from pathlib import Path

from tutelage.models.licence import licence_of
from tutelage.models.reference import Reference, parse_reference

from tests.trees import write


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def test_a_checkpoint_folder_states_it_in_its_card(tmp_path: Path) -> None:
    write(tmp_path / "config.json", "{}")
    reference = parse_reference(str(tmp_path), tmp_path)
    assert licence_of(reference) is None
    write(tmp_path / "README.md", "---\nlicense: mit\n---\n\n# A model\n")
    assert licence_of(reference) == "mit"


def test_a_gguf_file_states_it_in_its_header(tmp_path: Path) -> None:
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 2)
    name = _text("general.name") + struct.pack("<I", 8) + _text("general.license")
    licence = _text("general.license") + struct.pack("<I", 8) + _text("apache-2.0")
    file = tmp_path / "model.gguf"
    file.write_bytes(head + name + licence)
    reference = Reference("gguf", str(file), file=file)
    assert licence_of(reference) == "apache-2.0"
    file.write_bytes(head + name)
    assert licence_of(reference) is None


def test_an_endpoint_does_not_tell(tmp_path: Path) -> None:
    assert licence_of(parse_reference("http://host/v1#large", tmp_path)) is None
