"""Documents from a commit of a git repository, fetched once and kept by commit.

A taxonomy is a stranger's text, so git gets little to go by: an address whose form is checked, one
full commit, no checkout (so no hooks, filters or links), no prompt, and limits on time and size.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from tutelage.core.digests import digest
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.documents.document import MOST_BYTES

SECONDS = 120.0
"""The time that fetching one commit may take in all."""
_MOST_FILES = 1_000
_MOST_PACK_BYTES = 2 << 30
"""What git itself may write into one file."""

# An address never begins with a dash and never names a helper (`ext::`); plain http is refused,
# and so are passwords, which do not belong into a taxonomy.
_URL = re.compile(r"(?:https|ssh)://(?:[\w.-]+@)?[A-Za-z0-9][\w.-]*(?::\d+)?/[^\s\0]*")
_FILE = re.compile(r"file:///[^\s\0]+")
_SCP = re.compile(r"[A-Za-z0-9][\w.-]*@[A-Za-z0-9][\w.-]*:[^-:\s\0][^:\s\0]*")
_COMMIT = re.compile(r"[0-9a-fA-F]{40}")
_FILE_MODES = ("100644", "100755")
_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "fetch.fsckObjects": "true",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "30",
    "maintenance.auto": "false",
}
_FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
)
"""Set inside a git hook, say: they would send us into the wrong repository."""


class Unreachable(TaxonomyError):
    """The repository did not give the commit; another time, or from elsewhere, it may."""


def fetched(repo: str, commit: str, patterns: Sequence[str], seconds: float = SECONDS) -> Path:
    """The folder with the files of a commit that match the patterns, fetched where not there yet.

    Patterns are relative to the repository's root; `*` stays inside a folder, `**` does not. Raises
    Unreachable where git cannot have the commit in time, TaxonomyError for what no time mends.
    """
    _check(repo, commit, patterns)
    commit = commit.lower()
    final = cache_folder() / commit / digest(repo, sorted(patterns))[:12]
    if final.is_dir():
        return final
    if shutil.which("git") is None:
        raise Unreachable(f"{repo} cannot be fetched: git is not installed")
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent, prefix=".fetching-") as folder:
        repository = _Repository(Path(folder, "git"), repo, time.monotonic() + seconds)
        repository.fetch(commit)
        files = Path(folder, "files")
        repository.export(commit, patterns, files)
        with contextlib.suppress(OSError):  # another process was faster: its files are the same
            files.rename(final)
    return final


def cache_folder() -> Path:
    """Where fetched documents are kept: `tutelage/documents` in the user's cache folder (XDG)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return base / "tutelage" / "documents"


def _check(repo: str, commit: str, patterns: Sequence[str]) -> None:
    if not any(form.fullmatch(repo) for form in (_URL, _FILE, _SCP)):
        raise TaxonomyError(
            "`repo` is fetched from https://host/path, ssh://host/path, user@host:path or "
            "file:///path, without a password in it"
        )
    if not _COMMIT.fullmatch(commit):
        raise TaxonomyError("`commit` must be the full hash of a commit, 40 hexadecimal digits")
    if not patterns:
        raise TaxonomyError("`patterns` must name files of the repository, ['*.md'] say")


@dataclass(frozen=True, slots=True)
class _Repository:
    """A bare repository that holds one commit."""

    folder: Path
    address: str
    deadline: float

    def fetch(self, commit: str) -> None:
        """Get the commit without its history, and its files as they are asked for."""
        self._git("init", "--quiet", "--bare", str(self.folder))
        self._git("config", "remote.origin.url", self.address)
        options = ("--quiet", "--depth=1", "--no-tags", "--filter=blob:none", "--no-auto-gc")
        self._git("fetch", *options, "origin", commit)

    def export(self, commit: str, patterns: Sequence[str], folder: Path) -> None:
        """Write the files that match; raises TaxonomyError where a pattern matches none."""
        names = {path: blob for path, blob in self._files(commit) if _matches(path, patterns)}
        for pattern in patterns:
            if not any(_matches(path, [pattern]) for path in names):
                raise TaxonomyError(f"'{pattern}' matches no file of {self.address} at {commit}")
        if len(names) > _MOST_FILES:
            raise TaxonomyError(f"the patterns match {len(names)} files; {_MOST_FILES} may be read")
        for path, content in zip(names, self._contents(list(names.values())), strict=True):
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def _files(self, commit: str) -> Iterator[tuple[str, str]]:
        """Path and blob of each ordinary file of a commit; links and submodules are none."""
        for entry in self._git("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            described, _, name = entry.partition(b"\t")
            mode, _, blob = described.decode().partition(" blob ")
            path = PurePosixPath(os.fsdecode(name))
            if mode in _FILE_MODES and ".." not in path.parts and not path.is_absolute():
                yield str(path), blob

    def _contents(self, blobs: list[str]) -> Iterator[bytes]:
        asked = "\n".join(blobs).encode()
        answers = self._git("cat-file", "--batch-check=%(objectsize)", given=asked).split()
        if not all(size.isdigit() for size in answers):
            raise Unreachable(f"{self.address} did not give all files of the commit")
        sizes = [int(size) for size in answers]
        if max(sizes) > MOST_BYTES or sum(sizes) > 4 * MOST_BYTES:
            raise TaxonomyError(
                f"the files have {sum(sizes) >> 20} MiB; {MOST_BYTES >> 20} each and "
                f"{4 * MOST_BYTES >> 20} together may be read"
            )
        output = self._git("cat-file", "--batch=", given=asked)
        start = 0
        for size in sizes:
            start += 1  # the line that describes the object, empty as asked for
            yield output[start : start + size]
            start += size + 1

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        command = ["git", f"--git-dir={self.folder}"]
        command += [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = _limited([*command, *arguments])
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            start_new_session=True,  # without a terminal nothing can prompt
        ) as process:
            try:
                seconds = max(0.0, self.deadline - time.monotonic())
                output, said = process.communicate(given, timeout=seconds)
            except BaseException as exc:
                os.killpg(process.pid, signal.SIGKILL)  # git's own children too
                if isinstance(exc, subprocess.TimeoutExpired):
                    raise Unreachable(f"{self.address} did not give the commit in time") from exc
                raise
        if process.returncode:
            lines = said.decode("utf-8", "replace").strip().splitlines() or ["git failed"]
            reason = next((line for line in lines if line.startswith("fatal:")), lines[-1])
            raise Unreachable(f"{self.address} cannot be fetched: {reason}")
        return output


def _limited(command: list[str]) -> list[str]:
    """The command under a limit on the size of a file that it writes, in blocks of 512 bytes."""
    return ["/bin/sh", "-c", 'ulimit -f "$0" && exec "$@"', str(_MOST_PACK_BYTES // 512), *command]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=20",
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }


def _matches(path: str, patterns: Sequence[str]) -> bool:
    parts = path.split("/")
    return any(_match(parts, pattern.removeprefix("./").split("/")) for pattern in patterns)


def _match(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a path fits a pattern; reached are the places in the pattern that it may be at."""
    reached = _past_stars({0}, wanted)
    for part in parts:
        stay = {n for n in reached if n < len(wanted) and wanted[n] == "**"}
        step = {n + 1 for n in reached - stay if n < len(wanted) and fnmatchcase(part, wanted[n])}
        reached = _past_stars(stay | step, wanted)
    return len(wanted) in reached


def _past_stars(reached: set[int], wanted: Sequence[str]) -> set[int]:
    """The places, and those behind any `**` there, which may stand for no folder at all."""
    return {
        later
        for n in reached
        for later in range(n, len(wanted) + 1)
        if all(part == "**" for part in wanted[n:later])
    }
