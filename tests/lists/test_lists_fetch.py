"""A source is had whole and within its limits, or not at all."""

import hashlib
import io
import random
import tarfile
from pathlib import Path

import pytest

from saywhy.lists import fetch, unpack
from saywhy.lists.fetch import FetchError, Origin, fetched, squidguard_folders
from tests.lists.conftest import Origin as Server


def tar_gz(members: dict[str, bytes], *odd: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in odd:
            archive.addfile(info)
    return buffer.getvalue()


def contents(source: str, checksum: str = "") -> dict[str, bytes]:
    with fetched(source, checksum=checksum) as had:
        return {name: path.read_bytes() for name, path in had.files.items()}


def test_a_file_is_one_file_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("a.example\n")
    assert contents(str(tmp_path / "names.txt")) == {"names.txt": b"a.example\n"}


def test_a_folder_is_its_files_without_links(tmp_path: Path) -> None:
    (tmp_path / "bets").mkdir()
    (tmp_path / "bets/domains").write_text("a.example\n")
    (tmp_path / "alias").symlink_to("bets")
    with fetched(str(tmp_path)) as had:
        assert list(had.files) == ["bets/domains"]
        assert had.left_out == ("alias",)
        assert squidguard_folders(had.files) == {"bets": {"domains": tmp_path / "bets/domains"}}


def test_an_archive_gives_regular_files_alone_and_writes_nowhere_else(tmp_path: Path) -> None:
    link = tarfile.TarInfo("ut1/evil")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    device = tarfile.TarInfo("ut1/null")
    device.type = tarfile.CHRTYPE
    members = {"ut1/bets/domains": b"a.example\n", "../escaped": b"x", "/absolute": b"x"}
    (tmp_path / "ut1.tar.gz").write_bytes(tar_gz(members, link, device))
    with fetched(str(tmp_path / "ut1.tar.gz")) as had:
        assert {name: path.read_bytes() for name, path in had.files.items()} == {"ut1/bets/domains": b"a.example\n"}
        assert set(had.left_out) == {"../escaped", "/absolute", "ut1/evil", "ut1/null"}
    assert not (tmp_path.parent / "escaped").exists()


def test_an_archive_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "bomb.tar.gz"
    source.write_bytes(tar_gz({"domains": b"\0" * 100_000}))
    monkeypatch.setattr(unpack, "MOST_BYTES", 99_999)
    with pytest.raises(FetchError, match="unpacks to more than"):
        contents(str(source))
    monkeypatch.undo()
    monkeypatch.setattr(unpack, "MOST_FILES", 2)
    source.write_bytes(tar_gz({f"{number}/domains": b"a\n" for number in range(3)}))
    with pytest.raises(FetchError, match="unpacks to more than 2 files"):
        contents(str(source))


@pytest.mark.parametrize("keep", [2, 40, 5_000, 15_000])
def test_an_archive_cut_short_is_an_error(tmp_path: Path, keep: int) -> None:
    whole = tar_gz({"ut1/bets/domains": random.Random(1).randbytes(16_000)})
    (tmp_path / "cut.tar.gz").write_bytes(whole[:keep])
    with pytest.raises(FetchError):
        contents(str(tmp_path / "cut.tar.gz"))


def test_the_checksum_has_to_be_right(tmp_path: Path) -> None:
    source = tmp_path / "names.txt"
    source.write_text("a.example\n")
    right = hashlib.sha256(b"a.example\n").hexdigest()
    assert contents(str(source), right.upper())
    with pytest.raises(FetchError, match=right):
        contents(str(source), "0" * 64)


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="check its name"):
        contents(str(tmp_path / "none.txt"))


def test_a_web_address_is_had_once_and_then_only_when_it_changes(origin: Server) -> None:
    origin.body, origin.headers = b"a.example\n", {"ETag": '"1"', "Last-Modified": "Mon, 23 Nov 2026 09:00:00 GMT"}
    with fetched(f"{origin.address}/lists/names.txt?key=1") as had:
        assert {name: path.read_bytes() for name, path in had.files.items()} == {"names.txt": b"a.example\n"}
        known = Origin(had.etag, had.modified)
    with fetched(f"{origin.address}/lists/names.txt", known) as had:
        assert had.unchanged
        assert had.etag == '"1"'
    assert origin.asked[1]["if-none-match"] == '"1"'
    assert origin.asked[1]["if-modified-since"] == "Mon, 23 Nov 2026 09:00:00 GMT"


def test_a_download_tells_its_progress(origin: Server) -> None:
    origin.body = b"a" * 600_000
    told: list[tuple[int, int | None]] = []
    with fetched(origin.address, progress=lambda had, of: told.append((had, of))):
        pass
    assert told[-1] == (600_000, 600_000)


def test_a_download_has_limits(origin: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    origin.body = b"a" * 1000
    monkeypatch.setattr(fetch, "MOST_BYTES", 999)
    with pytest.raises(FetchError, match="larger than 999 bytes"):
        contents(origin.address)
    monkeypatch.undo()
    monkeypatch.setattr(fetch, "MOST_SECONDS", -1.0)
    with pytest.raises(FetchError, match="took longer"):
        contents(origin.address)


def test_a_download_cut_short_is_an_error(origin: Server) -> None:
    origin.body, origin.length = b"a.example\n", 1000
    with pytest.raises(FetchError):
        contents(origin.address)


def test_a_server_s_error_is_told(origin: Server) -> None:
    origin.status = 403
    with pytest.raises(FetchError, match="403"):
        contents(origin.address)
    with pytest.raises(FetchError, match="cannot be fetched"):
        contents("http://127.0.0.1:1/")
