"""What a model reads: conversations in order, masked, without who opted out, and the two splits share no text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training_posts import filled, post

from truthgpt.corpus.consent.forgetting import forget
from truthgpt.corpus.consent.optout import Subject
from truthgpt.corpus.export.choice import COPY as COPIED
from truthgpt.corpus.key import key
from truthgpt.corpus.near import deduplicate
from truthgpt.corpus.post import Post
from truthgpt.corpus.reading import no_long_read
from truthgpt.corpus.store import Store
from truthgpt.errors import BadInputError, BusyError
from truthgpt.training.data import documents as module
from truthgpt.training.data.documents import COPY, Document, documents
from truthgpt.training.data.splits import in_validation

STORY = (
    "The old ferry on the north river will stop running in April because its engine can no longer be mended"
)


def read(store: Store) -> list[Document]:
    with documents(store, store.path.parent / "scratch") as found:
        return list(found.read(np.arange(len(found))))


def texts(store: Store) -> list[str]:
    return sorted(document.text for document in read(store))


def test_a_conversation_is_one_document_and_a_post_alone_is_one(tmp_path: Path) -> None:
    root, first, second, alone = (post(number) for number in range(4))
    replies = [
        first._replace(reply_to=root.id, community="attic", language="pt"),
        second._replace(reply_to=first.id),
    ]
    store = filled(tmp_path, [*replies, alone, root])
    found = {document.key: document for document in read(store)}
    assert found.keys() == {key(root.id.encode()), key(alone.id.encode())}
    whole = found[key(root.id.encode())]
    assert whole.text == f"{root.text}\n\n↳ {first.text}\n\n↳ {second.text}"
    assert (whole.community, whole.language) == (root.community, root.language)
    assert whole.posts.tolist() == [key(one.id.encode()) for one in (root, first, second)]
    assert not list((tmp_path / "scratch").iterdir())


def test_what_may_not_be_trained_on_is_left_out_and_its_conversation_stays_together(tmp_path: Path) -> None:
    root, first, second, third = (post(number) for number in range(4))
    store = filled(
        tmp_path,
        [
            root._replace(training=False),
            first._replace(reply_to=root.id),
            second._replace(reply_to=root.id, author="nina"),
            third,
        ],
    )
    assert texts(store) == sorted([f"↳ {first.text}\n\n↳ {second.text}", third.text])
    forget(store, [Subject("author", "nina")], quarantine=tmp_path / "q", wish="no-training")
    assert texts(store) == sorted([f"↳ {first.text}", third.text])


def test_personal_data_is_masked_and_posts_that_differ_in_it_alone_are_copies(tmp_path: Path) -> None:
    posts = [
        Post(f"reddit:{phone[-4:]}", f"for the blue boat at the north pier please call {phone} before noon")
        for phone in ("+1 415 555 0132", "+1 212 555 0198")
    ]
    store = filled(tmp_path, [*posts, post(1)])
    assert texts(store) == sorted(
        ["for the blue boat at the north pier please call <PHONE> before noon", post(1).text]
    )


def test_a_copy_as_a_reply_is_left_out_wherever_it_stands(tmp_path: Path) -> None:
    original = Post("reddit:story", STORY, created_at=post(50).created_at)
    copy = post(60)._replace(text=f"{STORY} !!", reply_to=post(1).id)
    store = filled(tmp_path, [original, copy, post(1), post(2)])
    assert texts(store) == sorted([STORY, post(1).text, post(2).text])


def test_conversations_that_are_copies_as_a_whole_are_left_out(tmp_path: Path) -> None:
    """Each post is too short to be a copy of another, all together are."""
    words = STORY.split()
    thread = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
    posts = [Post("reddit:whole", f"{STORY}, they say", created_at=post(1).created_at)]
    for number, text in enumerate(thread):
        answer = {"reply_to": f"reddit:t{number - 1}"} if number else {}
        posts.append(Post(f"reddit:t{number}", text, created_at=post(2 + number).created_at, **answer))
    store = filled(tmp_path, [*posts, post(90)])
    assert texts(store) == sorted([posts[0].text, post(90).text])
    with documents(store, tmp_path / "scratch") as found:
        assert found.left_out[COPY] == len(thread)


def test_no_text_of_the_validation_split_is_near_one_of_training(tmp_path: Path) -> None:
    """Copies of posts, as posts and as replies, half of whose conversations fall on the other side."""
    originals = [post(number) for number in range(60)]
    copies = [
        one._replace(
            id=f"reddit:c{number}",
            text=f"RT @mo: {one.text}!!",
            created_at=post(1_000 + number).created_at,
            reply_to=f"reddit:p{(number * 7 + 1) % 60}" if number % 2 else "",
        )
        for number, one in enumerate(originals[:40])
    ]
    store = filled(tmp_path, [*copies, *originals])
    with documents(store, tmp_path / "scratch") as found:
        assert found.left_out[COPIED] == 40
        validation = in_validation(found.keys, 0.4, 1)
        assert 10 < validation.sum() < 40
        read = list(found.read(np.arange(len(found))))
    import pyarrow as pa

    rows = pa.record_batch(
        {
            "id": [str(number) for number in range(len(read))],
            "text": [document.text for document in read],
            "created_at": pa.nulls(len(read)),
        }
    )
    assert deduplicate([rows], tmp_path / "near").members.num_rows == 0


def test_a_corpus_without_posts_to_train_on_is_one_clear_line(tmp_path: Path) -> None:
    store = filled(tmp_path, [post(1, training=False)])
    with pytest.raises(BadInputError, match=r"no post in .* may be trained on"):
        read(store)
    empty = Store.open(tmp_path / "empty", 4)
    with pytest.raises(BadInputError, match=r"no post in .* may be trained on"):
        read(empty)


def test_nothing_is_erased_while_documents_are_read(tmp_path: Path) -> None:
    store = filled(tmp_path, [post(1)])
    with (
        documents(store, tmp_path / "scratch"),
        pytest.raises(BusyError, match="training run"),
        no_long_read(store.path, 0.1),
    ):
        pass
    with no_long_read(store.path, 0.1):
        pass


def test_documents_are_read_in_parts_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [post(number, reply_to=f"reddit:p{number // 4}" if number % 3 else "") for number in range(50)]
    store = filled(tmp_path, posts)
    whole = [document.text for document in read(store)]
    monkeypatch.setattr(module, "_READ", 3)
    assert [document.text for document in read(store)] == whole
    monkeypatch.setattr(module, "_READ", 8_192)
    monkeypatch.setattr(module, "_BYTES", 500)
    assert [document.text for document in read(store)] == whole


def test_the_same_posts_are_the_same_documents_in_whatever_order_they_came(tmp_path: Path) -> None:
    posts = [post(number, reply_to=f"reddit:p{number // 4}" if number % 5 else "") for number in range(40)]
    one, other = filled(tmp_path / "one", posts), filled(tmp_path / "other", posts[::-1])
    assert [document.text for document in read(one)] == [document.text for document in read(other)]
    with documents(one, tmp_path / "a") as first, documents(other, tmp_path / "b") as second:
        assert first.content_hash == second.content_hash
        assert first.community_names == second.community_names == ("attic", "garden", "harbour")
        assert first.communities.tolist() == second.communities.tolist()


def test_a_document_stays_on_its_side_of_the_split_as_the_corpus_grows() -> None:
    keys = np.random.default_rng(5).integers(-(2**63), 2**63, 40_000)
    few, many = in_validation(keys[:10_000], 0.01, 8), in_validation(keys, 0.01, 8)
    assert few.tolist() == many[:10_000].tolist()
    assert 300 < many.sum() < 500


@pytest.mark.parametrize(("count", "wanted"), [(1, 0), (2, 1), (7, 3), (100, 8)])
def test_a_small_corpus_has_a_few_documents_for_validation(count: int, wanted: int) -> None:
    keys = np.random.default_rng(5).integers(-(2**63), 2**63, count)
    assert in_validation(keys, 1e-9, 8).sum() == wanted
    assert in_validation(keys, 0.0, 8).sum() == 0
