"""A cluster whose nodes share no disk: what they note goes to a bucket, on a stand-in for S3."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.core.errors import DiskError, InputError
from tutelage.models.chat import Completion, Request
from tutelage.models.journal import JOURNAL, Journal, journal_key
from tutelage.models.spread.segment_files import added_lines, additions, check_bucket, places_in
from tutelage.models.spread.segments import SEGMENTS, Noted, Segment, own_segments, take_up_segments
from tutelage.runtime.executors.job import check_executor
from tutelage.testing.loopback import Loopback

from tests.evaluation.test_answer_duels import model
from tests.runtime.test_spread import (
    ANSWERS,
    HELD,
    actors,
    asked,
    killing,
    lost,
    made_by,
    prepared,
    run_on,
    slowly,
)
from tests.two_nodes import two_nodes

TEACHER = model("plain")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a folder in a bucket that is there as long as the test is."""
    server_of = pytest.importorskip("moto.server").ThreadedMotoServer
    s3fs = pytest.importorskip("s3fs")
    server = server_of("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        name = f"runs-{uuid.uuid4().hex[:8]}"
        s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
        yield f"s3://{name}/segments"
    finally:
        server.stop()


def request(name: str) -> Request:
    return Request(name, ({"role": "user", "content": name},))


def test_additions_to_a_bucket_are_read_in_their_order(bucket: str) -> None:
    place = f"{bucket}/one/001-000001.jsonl"
    added = additions(place)
    for number in range(12):
        added.add(f"{number}\n{number}\n".encode())
    added.add(b"cut")
    assert [int(line) for line in added_lines(place)] == [n // 2 for n in range(24)]
    assert places_in(f"{bucket}/one") == [place]
    assert places_in(f"{bucket}/two") == [] and [*added_lines(f"{bucket}/two")] == []
    check_bucket(bucket)
    with pytest.raises(InputError, match="s3://no-such-bucket"):
        check_bucket("s3://no-such-bucket/here")


def test_what_a_killed_run_noted_in_a_bucket_is_taken_up(bucket: str, tmp_path: Path) -> None:
    journal = tmp_path / JOURNAL
    one, two, three = map(request, ("one", "two", "three"))
    with own_segments(journal, bucket) as place:
        segment = Segment(f"{place}/000-000001.jsonl", TEACHER)
        segment.taken([one, two])
        segment.sending(one)
        segment.sending(two)
        segment.note([Completion(one, "yes", "stop", Usage(1, 1, output_tokens=1))])
        segment.close()
        lines = [*added_lines(f"{place}/000-000001.jsonl")]
    assert len(lines) == 3  # the two taken went up together
    noted = Noted.read(f"{place}/000-000001.jsonl")
    found = [noted.outcome(each) for each in (one, two, three)]
    assert found[0] and found[0].text == "yes"
    assert found[1] and found[1].lost
    assert found[2] is None
    assert [*(tmp_path / SEGMENTS).glob("*/")]
    take_up_segments(journal)
    store = Journal(journal)
    try:
        answer = store.get(journal_key(TEACHER.identity, one), one)
        ((losses,),) = store._db.execute("SELECT COUNT(*) FROM losses")
    finally:
        store.close()
    assert answer and answer.text == "yes"
    assert losses == 1
    assert not places_in(place) and not [*(tmp_path / SEGMENTS).glob("*")]


def test_a_bucket_that_is_gone_is_one_line_and_what_is_noted_stays(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_segments(tmp_path / JOURNAL, bucket) as place:
        additions(f"{place}/000-000001.jsonl").add(b"{}\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(DiskError, match=r"s3://runs-.*/segments.*cannot be used"):
        take_up_segments(tmp_path / JOURNAL)
    assert [*(tmp_path / SEGMENTS).glob("*/bucket")]


def test_nodes_that_share_no_disk_ask_together(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 300
    with Loopback(slowly) as server:
        here = made_by(run_on(prepared(tmp_path / "here", server.url, ANSWERS, count), "local"))
        server.asked.clear()
        monkeypatch.setenv("TUTELAGE_SEGMENTS", bucket)
        place = prepared(tmp_path / "there", server.url, ANSWERS, count)
        with two_nodes() as address:
            name = f"ray:{address}"
            check_executor(name, place / "run")
            with pytest.raises(InputError, match="needs a disk that all nodes share"):
                check_executor(name, place / "run", machines=2)
            with killing(server, times=1, every=100, workers=actors) as killed:
                assert made_by(run_on(place, name)) == here
            monkeypatch.setenv("TUTELAGE_SEGMENTS", "s3://no-such-bucket/here")
            with pytest.raises(InputError, match="s3://no-such-bucket/here"):
                check_executor(name, place / "run")
            monkeypatch.setenv("TUTELAGE_SEGMENTS", str(tmp_path))
            with pytest.raises(InputError, match="it is for an address"):
                check_executor(name, place / "run")
        assert len(killed) == 1
        assert asked(server).total() - count <= lost(place) <= HELD
    assert not places_in(bucket)
