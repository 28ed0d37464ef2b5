"""The tokenizer loses no text, never cuts a citation, and is what was saved."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from small_model import TEXTS
from truthgpt.errors import BadInputError, MissingError
from truthgpt.language import vocabulary

TOKENIZER = vocabulary.train(TEXTS, 360)


@given(st.text())
def test_no_text_is_lost(text: str) -> None:
    ids = TOKENIZER.encode(text).ids
    assert TOKENIZER.decode(ids, skip_special_tokens=False) == text


def test_control_tokens_come_first_then_citations() -> None:
    assert [TOKENIZER.id_to_token(number) for number in range(19)] == [
        *vocabulary.CONTROL,
        *(f"[{number}]" for number in range(1, 17)),
    ]
    assert (vocabulary.END_ID, vocabulary.TURN_ID, vocabulary.TURN_END_ID) == (0, 1, 2)


def test_a_citation_is_one_token_that_is_shown() -> None:
    ids = TOKENIZER.encode("so it is [12], says Ana").ids
    assert TOKENIZER.token_to_id("[12]") in ids
    assert TOKENIZER.decode(ids) == "so it is [12], says Ana"
    assert TOKENIZER.decode(TOKENIZER.encode("a<|im_end|>b").ids) == "ab"


def test_digits_stand_alone_and_what_is_frequent_is_merged() -> None:
    assert len(TOKENIZER.encode("2026").ids) == 4
    text = TEXTS[0]
    assert len(TOKENIZER.encode(text).ids) < len(text.encode()) / 2


def test_few_texts_give_fewer_tokens_and_the_same_ones_each_time() -> None:
    small = vocabulary.train(["ab ab ab"], 4096)
    assert vocabulary.SMALLEST < small.get_vocab_size() < vocabulary.SMALLEST + 10
    assert vocabulary.train(TEXTS, 360).to_str() == TOKENIZER.to_str()


@pytest.mark.parametrize(("texts", "size"), [(["text"], 100), ([], 500), ([""], 500)])
def test_no_room_and_no_text_are_refused(texts: list[str], size: int) -> None:
    with pytest.raises(BadInputError):
        vocabulary.train(texts, size)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"model": {"type": "BPE"}}'])
def test_what_is_no_tokenizer_is_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / vocabulary.FILE).write_bytes(content)
    with pytest.raises(BadInputError, match="is no tokenizer") as caught:
        vocabulary.load(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_tokenizer_of_others_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="truthgpt train tokenizer"):
        vocabulary.load(tmp_path)
    other = Tokenizer.from_str(TOKENIZER.to_str().replace("<|im_end|>", "<|eot_id|>"))
    other.save(str(tmp_path / vocabulary.FILE))
    with pytest.raises(BadInputError, match="does not begin with"):
        vocabulary.load(tmp_path)


def test_a_full_disk_leaves_the_tokenizer_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocabulary.save(TOKENIZER, tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(MissingError, match="No space left"):
            vocabulary.save(vocabulary.train(TEXTS, 300), tmp_path)
    assert vocabulary.load(tmp_path).to_str() == TOKENIZER.to_str()
    assert [path.name for path in tmp_path.iterdir()] == [vocabulary.FILE]
