"""Documents of a git commit: fetched once, held to the patterns, and nothing beside them run."""

import subprocess
from pathlib import Path

import pytest
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.git import Unreachable, fetched
from tutelage.taxonomy.load import load_taxonomy

from tests.trees import plant, write

LEAF = """
seed_examples:
  - {{context: The Alma is red., question: Which colour has the Alma?, answer: Red}}
document: {{repo: "{repo}", commit: "{commit}", patterns: [docs/*.md]}}
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def served(tmp_path: Path) -> tuple[str, str]:
    """The address of a bare repository and the commit in it."""
    work = tmp_path / "work"
    write(work / "docs" / "boats.md", "# Boats\n\nThe Alma is red.\n")
    write(work / "docs" / "deep" / "yards.md", "The yard is old.\n")
    write(work / "README.md", "About this repository.")
    (work / "docs" / "link.md").symlink_to("/etc/hostname")
    _git(work, "init", "-q")
    _git(work, "add", ".")
    _git(work, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "Boats")
    bare = tmp_path / "served.git"
    _git(work, "clone", "-q", "--bare", str(work), str(bare))
    return f"file://{bare}", _git(work, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _names(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["docs/*.md"], {"docs/boats.md"}),
        (["**/*.md"], {"docs/boats.md", "docs/deep/yards.md", "README.md"}),
        (["README.md", "docs/**/yards.md"], {"README.md", "docs/deep/yards.md"}),
    ],
)
def test_only_files_that_match_are_taken_and_no_links(
    served: tuple[str, str], patterns: list[str], names: set[str]
) -> None:
    assert _names(fetched(*served, patterns)) == names


def test_a_commit_is_fetched_once(served: tuple[str, str], tmp_path: Path) -> None:
    first = fetched(*served, ["docs/*.md"])
    (tmp_path / "served.git").rename(tmp_path / "gone.git")
    assert fetched(*served, ["docs/*.md"]) == first
    with pytest.raises(Unreachable, match="cannot be fetched"):
        fetched(*served, ["README.md"])


def test_a_partial_clone_fetches_what_matches(served: tuple[str, str], tmp_path: Path) -> None:
    _git(tmp_path / "served.git", "config", "uploadpack.allowFilter", "true")
    _git(tmp_path / "served.git", "config", "uploadpack.allowAnySHA1InWant", "true")
    assert _names(fetched(*served, ["docs/*.md"])) == {"docs/boats.md"}


def test_a_pattern_without_a_file_is_named(served: tuple[str, str]) -> None:
    with pytest.raises(TaxonomyError, match=r"'\*\.rst' matches no file"):
        fetched(*served, ["*.rst"])
    with pytest.raises(TaxonomyError, match=r"'docs/link\.md' matches no file"):
        fetched(*served, ["docs/link.md"])


@pytest.mark.parametrize(
    "repo",
    [
        "ext::sh -c 'touch /tmp/owned'",
        "--upload-pack=touch owned",
        "-oProxyCommand=touch owned:x",
        "ssh://-oProxyCommand=id/x",
        "http://plain.example/x.git",
        "https://user:secret@host.example/x.git",
        "fd::17/foo",
        "/a/plain/path",
        "git@host:-x",
    ],
)
def test_an_unsafe_address_is_never_given_to_git(repo: str) -> None:
    with pytest.raises(TaxonomyError, match="`repo` is fetched from https") as caught:
        fetched(repo, "a" * 40, ["*.md"])
    assert not isinstance(caught.value, Unreachable)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("commit", ["", "main", "5f7158a", "--all", "a" * 39 + "\n"])
def test_only_a_full_commit_is_fetched(commit: str) -> None:
    with pytest.raises(TaxonomyError, match="full hash of a commit"):
        fetched("https://host.example/x.git", commit, ["*.md"])


def test_a_file_that_is_too_big_is_refused(
    served: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutelage.taxonomy.git.MOST_BYTES", 4)
    with pytest.raises(TaxonomyError, match="each and"):
        fetched(*served, ["docs/*.md"])


def test_no_time_is_no_answer(served: tuple[str, str]) -> None:
    with pytest.raises(Unreachable, match="in time"):
        fetched(*served, ["docs/*.md"], seconds=0)


def test_surroundings_of_a_hook_do_not_lead_astray(
    served: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert _names(fetched(*served, ["README.md"])) == {"README.md"}
    assert not (tmp_path / "elsewhere").exists()


def test_a_leaf_reads_its_documents_from_the_commit(
    served: tuple[str, str], tmp_path: Path
) -> None:
    text = LEAF.format(repo=served[0], commit=served[1])
    (leaf,) = load_taxonomy(plant(tmp_path / "tree", {"knowledge/boats": text})).leaves
    assert [document.name for document in leaf.documents] == ["docs/boats.md"]
    assert leaf.unavailable == ""


def test_a_leaf_whose_commit_is_out_of_reach_loads_and_says_what_to_do(tmp_path: Path) -> None:
    text = LEAF.format(repo=f"file://{tmp_path}/none.git", commit="a" * 40)
    (leaf,) = load_taxonomy(plant(tmp_path / "tree", {"knowledge/boats": text})).leaves
    assert leaf.documents == ()
    assert "cannot be fetched: fatal:" in leaf.unavailable
    assert "copy the files beside qna.yaml and add `path: [docs/*.md]`" in leaf.unavailable


def test_the_digest_is_the_same_before_and_after_the_fetch(
    served: tuple[str, str], tmp_path: Path
) -> None:
    text = LEAF.format(repo=served[0], commit=served[1])
    plant(tmp_path / "tree", {"knowledge/boats": text})
    (tmp_path / "served.git").rename(tmp_path / "away")
    before = load_taxonomy(tmp_path / "tree")
    (tmp_path / "away").rename(tmp_path / "served.git")
    after = load_taxonomy(tmp_path / "tree")
    assert before.leaves[0].documents != after.leaves[0].documents
    assert before.digest == after.digest


def test_paths_given_beside_a_repository_need_no_fetch(tmp_path: Path) -> None:
    text = LEAF.format(repo="https://host.example/x.git", commit="a" * 40)
    text = text.replace("patterns:", "path: [docs/*.md], patterns:")
    plant(tmp_path, {"knowledge/boats": text})
    write(tmp_path / "knowledge" / "boats" / "docs" / "boats.md", "The Alma is red.")
    (leaf,) = load_taxonomy(tmp_path).leaves
    assert [document.text for document in leaf.documents] == ["The Alma is red."]
