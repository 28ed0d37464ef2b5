"""Archives opened in place: what is in them is read, and what a stranger packed to do harm is refused and named."""

from __future__ import annotations

import gzip
import io
import json
import random
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from truthgpt.corpus.post import Post
from truthgpt.corpus.readers import Rejected, archive, read
from truthgpt.errors import BadInputError

CSV = b"id,text\n1,one\n2,two\n"
JSONL = b'{"id": "3", "text": "three"}\n'


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes], extra: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as opened:
        for info in extra:
            opened.addfile(info)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            opened.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


PACKED: dict[str, Callable[[Mapping[str, bytes]], bytes]] = {
    "a.zip": zipped,
    "a.tar": tarred,
    "a.tar.gz": lambda files: gzip.compress(tarred(files)),
    "a.tar.zst": lambda files: zstandard.compress(tarred(files)),
}


def shape(folder: Path, name: str, content: bytes) -> list[str]:
    """The ids of posts, and the reasons and rows of what was rejected."""
    path = folder / name
    path.write_bytes(content)
    found = []
    for row in read(path):
        assert isinstance(row, Post | Rejected)
        found.append(row.id if isinstance(row, Post) else f"{row.reason}: {row.row}")
    return found


@pytest.mark.parametrize("name", PACKED)
def test_each_member_is_read_in_its_own_format(tmp_path: Path, name: str) -> None:
    files = {
        "posts/a.csv": CSV,
        "b.jsonl": JSONL,
        "c.csv.gz": gzip.compress(b"id,text\n4,four\n"),
        "ätsch " + "n" * 150 + ".csv": b"id,text\n5,five\n",
        "photo.jpg": b"\xff\xd8\xff\0\0\0 no text",
    }
    assert shape(tmp_path, name, PACKED[name](files)) == [
        *("1", "2", "3", "4", "5"),
        "1 files in it are of no known format: photo.jpg",
    ]


def test_a_member_is_named_as_a_file_of_its_own_would_be(tmp_path: Path) -> None:
    """A Reddit export that names no community is of the one that names its file."""
    path = tmp_path / "reddit.zip"
    path.write_bytes(zipped({"in/askscience.csv": b"created_utc,id,selftext,num_comments\n1,a,Why?,0\n"}))
    (post,) = read(path)
    assert isinstance(post, Post)
    assert (post.source, post.community) == ("askscience", "askscience")


@pytest.mark.parametrize("name", PACKED)
def test_a_rejected_row_names_the_member(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED[name]({"in/a.csv": b"id,text\n1,one\n2\n"}))
    _, rejected = read(path)
    assert isinstance(rejected, Rejected)
    assert (rejected.file, rejected.line) == (f"{path}/in/a.csv", 3)


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize(
    "bad", ["../out.csv", "/etc/out.csv", "a/../../out.csv", "C:\\out.csv", "..\\out.csv"]
)
def test_names_that_lead_out_are_refused_and_the_rest_is_read(tmp_path: Path, name: str, bad: str) -> None:
    first, *others = shape(tmp_path, name, PACKED[name]({bad: CSV, "fine.csv": CSV}))
    shown = bad.replace("\1", "")
    assert first in (
        f"refused: its name leads out of the archive: {shown}",
        f"refused: an absolute name: {shown}",
    )
    assert others == ["1", "2"]


@pytest.mark.parametrize("name", PACKED)
def test_a_member_is_never_taken_for_a_file_of_this_machine(tmp_path: Path, name: str) -> None:
    """Whatever its name: a long one is shown from its end, which may look absolute."""
    secret = tmp_path / "secret.parquet"
    pq.write_table(pa.table({"id": ["1"], "text": ["secret"]}), secret)
    short = str(secret)
    tail = "/" * (len(short) % 2) + "/." * ((300 - len(short)) // 2) + short
    mine = io.BytesIO()
    pq.write_table(pa.table({"id": ["2"], "text": ["mine"]}), mine)
    assert Path(tail).is_file()
    assert len(tail) == 300
    assert shape(tmp_path, name, PACKED[name]({"g" + tail: mine.getvalue()})) == ["2"]


@pytest.mark.parametrize("name", PACKED)
def test_the_number_of_members_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)
    found = shape(tmp_path, name, PACKED[name]({f"{number}.csv": CSV for number in range(9)}))
    assert found == ["refused from here on: it holds more than 2 files: ", *["1", "2"] * 2]


@pytest.mark.parametrize("name", PACKED)
def test_an_archive_in_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    found = shape(tmp_path, name, PACKED[name]({"inner.zip": zipped({"a.csv": CSV}), "fine.csv": CSV}))
    assert found == ["refused: an archive inside an archive; import it by itself: inner.zip", "1", "2"]


def test_links_and_devices_of_a_tar_are_refused(tmp_path: Path) -> None:
    extra = []
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
        info = tarfile.TarInfo(f"special-{kind.decode()}")
        info.type = kind
        info.linkname = "/etc/passwd"
        extra.append(info)
    assert shape(tmp_path, "a.tar", tarred({"fine.csv": CSV}, tuple(extra))) == [
        "refused: a link: special-2",
        "refused: a link: special-1",
        "refused: no regular file: special-3",
        "refused: no regular file: special-6",
        *("1", "2"),
    ]


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        info = zipfile.ZipInfo("link.csv")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(info, "/etc/passwd")
        opened.writestr("fine.csv", CSV)
    assert shape(tmp_path, "a.zip", buffer.getvalue()) == ["refused: a link: link.csv", "1", "2"]


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"secret.csv": CSV, "fine.csv": CSV}))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + place] |= 1
    assert shape(tmp_path, "a.zip", bytes(content)) == ["refused: encrypted: secret.csv", "1", "2"]


def test_members_packed_otherwise_than_by_deflate_are_refused(tmp_path: Path) -> None:
    """A few bytes of bzip2 unpack to a megabyte in one step."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("b.csv", CSV, zipfile.ZIP_BZIP2)
        opened.writestr("fine.csv", CSV)
    first, *others = shape(tmp_path, "a.zip", buffer.getvalue())
    assert first == "refused: packed by another method than deflate: b.csv"
    assert others == ["1", "2"]


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "SMALL", 1 << 20)
    bomb = b"id,text\n" + b"1,x\n" * (1 << 20)
    first, *others = shape(tmp_path, "a.zip", zipped({"bomb.csv": bomb, "fine.csv": CSV}))
    assert first == "refused: it unpacks to more than 200 times its size: bomb.csv"
    assert others == ["1", "2"]


def test_a_zip_bomb_of_many_small_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "SMALL", 1 << 20)
    each = b"id,text\n1," + b" " * (300 << 10) + b"x\n"
    found = shape(tmp_path, "a.zip", zipped({f"{number}.csv": each for number in range(5)}))
    assert [row[:25] for row in found] == ["refused: it unpacks to mor"[:25]] * 2 + ["1"] * 3


def test_a_member_over_the_bound_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER", 1 << 20)
    large = b"id,text\n1," + random.Random(1).randbytes(1 << 20).hex().encode()
    for name, pack in PACKED.items():
        first, *others = shape(tmp_path, name, pack({"large.csv": large, "fine.csv": CSV}))
        assert first == "refused: it unpacks to more than 1 MiB: large.csv"
        assert others == ["1", "2"]


def test_what_is_packed_within_a_member_is_bounded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER", 1 << 20)
    inner = gzip.compress(b"id,text\n" + b"1,x\n" * (1 << 20))
    found = shape(tmp_path, "a.zip", zipped({"inner.csv.gz": inner}))
    assert found[-1].startswith("refused from here on: it unpacks to more than 1 MiB")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_tar_bomb_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(archive, "SMALL", 1 << 20)
    content = pack(tarred({"fine.csv": CSV, "bomb.bin": bytes(64 << 20), "never.csv": JSONL}))
    found = shape(tmp_path, "a.tar.gz", content)
    assert found[0].startswith("refused from here on: it unpacks to more than")
    assert found[1:3] == ["1", "2"]
    assert "3" not in found


def test_a_long_header_of_a_tar_is_not_held(tmp_path: Path) -> None:
    """A header that holds a name may say that it is as long as it likes."""
    info = tarfile.TarInfo("././@LongLink")
    info.type = tarfile.GNUTYPE_LONGNAME
    info.size = 512 << 20
    path = tmp_path / "a.tar.zst"
    pack = zstandard.ZstdCompressor().compressobj()
    with path.open("wb") as file:
        file.write(pack.compress(tarred({"fine.csv": CSV})[:1024] + info.tobuf(tarfile.GNU_FORMAT)))
        for _ in range(64):
            file.write(pack.compress(bytes(1 << 20)))
        file.write(pack.flush())
    tracemalloc.start()
    found = list(read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20
    assert [type(row) for row in found] == [Rejected, Post, Post]


def test_the_directory_of_a_zip_is_not_held_whatever_it_says(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.csv": CSV}) + bytes(100))
    path = tmp_path / "a.zip"
    with path.open("wb") as file:
        file.write(b"PK\3\4")
        file.truncate(1 << 30)
        file.seek(0, io.SEEK_END)
        file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 1 << 29, 1 << 20, 0))
    tracemalloc.start()
    with pytest.raises(BadInputError, match="the zip is damaged"):
        list(read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20
    assert content


@pytest.mark.parametrize("name", PACKED)
def test_a_cut_archive_gives_what_came_before_and_says_so(tmp_path: Path, name: str) -> None:
    rows = b"".join(json.dumps({"id": str(n), "text": f"{n * n}"}).encode() + b"\n" for n in range(20_000))
    content = PACKED[name]({"a.csv": CSV, "b.jsonl": rows})
    cut = content[: len(content) // 2]
    if name == "a.zip":
        (tmp_path / name).write_bytes(cut)  # its directory is at the end
        with pytest.raises(BadInputError, match="damaged or ends early"):
            list(read(tmp_path / name))
        return
    found = shape(tmp_path, name, cut)
    assert found[1:4] == ["1", "2", "0"]
    assert ":" in found[0]
    assert ":" in found[-1]


def test_a_header_of_a_tar_that_makes_no_sense_is_no_end(tmp_path: Path) -> None:
    content = bytearray(tarred({"a.csv": CSV, "b.jsonl": JSONL}))
    content[1024] ^= 0xFF  # the first letter of the second name
    assert shape(tmp_path, "a.tar", bytes(content)) == [
        "the tar is damaged: no header where one must be; what came before is read: ",
        *("1", "2"),
    ]


def test_a_damaged_member_of_a_zip_costs_itself(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.csv": b"id,text\n9," + bytes(range(32, 120)) * 9 + b"\n", "b.csv": CSV}))
    content[60] ^= 0xFF
    *damage, one, two = shape(tmp_path, "a.zip", bytes(content))
    assert (one, two) == ("1", "2")
    assert damage


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.zip", zipped({}), "nothing can be read of this archive"),
        ("a.zip", zipped({"../a.csv": CSV}), "its name leads out"),
        ("a.zip", zipped({"a.jpg": b"\xff\xd8\xff\0"}), "no export of a known format: a.jpg"),
        ("a.zip.gz", gzip.compress(zipped({"a.csv": CSV})), "a zip packed once more"),
    ],
    # The content has the time in it, which differs between processes.
    ids=["empty", "leads out", "no export", "packed twice"],
)
def test_an_archive_with_nothing_in_it_is_an_error_of_one_line(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInputError, match=said) as raised:
        list(read(tmp_path / name))
    assert "\n" not in str(raised.value)


def test_a_member_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    """Alone it would be an error."""
    path = tmp_path / "a.zip"
    path.write_bytes(
        zipped({"bad.jsonl": b'{"number": 1}\n', "b.car": b"\x0aeroots gversion", "fine.csv": CSV})
    )
    textless, no_repository, *posts = read(path)
    assert isinstance(textless, Rejected)
    assert textless.reason.startswith("no column is known to hold text among number")
    assert isinstance(no_repository, Rejected)
    assert no_repository.reason.startswith("is no CAR file")
    assert [type(row) for row in posts] == [Post, Post]


def test_parquet_in_an_archive_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": ["7"], "text": ["seven"]}), buffer)
    assert shape(tmp_path, "a.zip", zipped({"a.parquet": buffer.getvalue()})) == ["7"]


def test_a_format_that_was_asked_for_holds_for_each_member(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"posts.txt": b"id,text\n1,one\n"}))
    assert [type(row) for row in read(path, format="csv")] == [Post]


def test_reading_again_gives_the_same_bytes(tmp_path: Path) -> None:
    """A tar is a stream: the first reading goes on from the look at the beginning, others start it anew."""
    rows = b"x" * 300_000 + b"\n"
    for name, pack in PACKED.items():
        path = tmp_path / name
        path.write_bytes(pack({"z.csv": CSV, "b.jsonl": rows, "c.csv": CSV}))
        source = archive.sources.look(path, "a", lambda path=path: archive.chunks(path))
        for member in archive.look(source).walk(lambda name: name == "b.jsonl"):
            assert not isinstance(member, Rejected)
            assert [b"".join(member.chunks()) for _ in range(3)] == [rows] * 3
