"""The report says who wrote the exam, and warns where it was the model that wrote the lessons."""

from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Rows
from tutelage.report.report_markdown import markdown
from tutelage.report.write_report import write_report

from tests.report import runs
from tests.report.handmade import rows


def _report(folder: Path, *lines: tuple[str, str, str, int]) -> dict[str, Any]:
    run = runs.whole(folder)
    run.stage("more", Rows(rows("more", 2)), {"teacher": [{"model": "teacher"}]}, [])
    names = ("kind", "origin", "written_by", "n")
    authors = [dict(zip(names, line, strict=True)) for line in lines]
    run.facts["taxonomy"] = {"folder": "t", "digest": "d", "leaves": [], "authors": authors}
    run.write()
    return write_report(run.path)


def test_people_alone_need_no_words(tmp_path: Path) -> None:
    assert _report(tmp_path / "run", ("seed", "person", "", 5))["authorship"] == {}


def test_shares_and_the_writer_of_the_exam(tmp_path: Path) -> None:
    report = _report(
        tmp_path / "run",
        ("held_out", "approved", "http://x/v1#other", 5),
        ("held_out", "unread", "http://x/v1#other", 3),
        ("held_out", "person", "", 2),
        ("seed", "edited", "http://x/v1#other", 1),
    )
    words = " ".join(report["authorship"]["words"])
    assert (
        "10 held-out questions: 20% written by people, 50% drafted by a model and approved" in words
    )
    assert "30% drafted by a model and approved unread" in words
    assert "1 seed example: 100% drafted by a model and edited." in words
    assert "The exam was drafted by http://x/v1#other." in words
    assert report["authorship"]["same"] == []
    assert "The exam was drafted by" in markdown(report)
    assert "The exam was drafted by" in (tmp_path / "run" / "report.html").read_text()


def test_one_model_for_lessons_and_exam_is_a_warning(tmp_path: Path) -> None:
    teacher = "http://host/v1#big"
    report = _report(tmp_path / "run", ("held_out", "approved", teacher, 5))
    assert report["authorship"]["same"] == [teacher]
    assert any("drafted the exam" in note for note in report["verdict"]["notes"])
