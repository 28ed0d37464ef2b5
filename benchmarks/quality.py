"""How good what a search finds is, beside bm25s, tantivy and SQLite's FTS5 on the same texts and queries; one JSON line.

    python benchmarks/quality.py [--only cranfield|known_item|portuguese|chinese|cross_language] [--pairs 2000] [--seed 7]

`cranfield`: nDCG@10 over the collection's graded judgements, 225 queries; `misspelt` is the same with one letter of each
query's longest word changed, left out, doubled or swapped. `known_item`: Reddit's posts whose title and body are parted;
the title is looked for among all bodies, and the body among all titles (not by FTS5, which takes a minute for a body);
recall@10 over `--pairs` of those that neither the vectors nor the ranker were made from. `portuguese`, `chinese`: sentences of
ASSIN's files for testing and of OCNLI's for development are looked for by what they entail; recall@10. `cross_language`: written posts in English among
20,000 of Reddit's, looked for by what people would type in Portuguese and Chinese; recall@10 over 200 of each. A figure stands with
its 95% confidence interval, of 1,000 bootstrap samples of the queries.
The peers (`pip install 'truthgpt[peers]'`) run with the settings that they
come with; those that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import random
import re
import sqlite3
import string
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

import public_sets
from machine import describe
from truthgpt.corpus.importer import import_posts
from truthgpt.corpus.post import Post
from truthgpt.corpus.store import Store
from truthgpt.search import Searcher
from truthgpt.search.embedding import Embedding

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from vectors_texts import Pair, assin, held_out, judged_for_ranking, ocnli

DEPTH = 10
CROSS_LANGUAGE = Path(__file__).parent / "cross_language.tsv"
UNSEEN = Path(__file__).parent / "cross_language_unseen.tsv"
"""Pairs that were written after all choices had been made; those of `CROSS_LANGUAGE` were chosen by."""
"""English posts, and a query for each in Portuguese and in Chinese, written for this project."""
OTHERS = 20_000
Search: TypeAlias = Callable[[str], list[int]]
"""A query to the numbers of the first `DEPTH` texts."""
Measure: TypeAlias = Callable[[int, list[int]], float]
"""The number of a query and what was found for it to a figure in [0, 1]."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", choices=("cranfield", "known_item", "portuguese", "chinese", "cross_language")
    )
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    line: dict[str, Any] = {"benchmark": "quality"}
    if options.only in (None, "cranfield"):
        line |= cranfield(options.seed)
    if options.only in (None, "known_item"):
        line |= known_item(options.pairs, options.seed)
    if options.only in (None, "portuguese"):
        line["portuguese_recall"] = entailing(assin)
    if options.only in (None, "chinese"):
        line["chinese_recall"] = entailing(ocnli)
    if options.only in (None, "cross_language"):
        line |= cross_language(options.seed)
    print(json.dumps({**line, "machine": describe()}))


def cranfield(seed: int) -> dict[str, Any]:
    """nDCG@10, of the queries as they are and misspelt."""
    texts, queries, gains = collection(public_sets.folder() / "cranfield")
    rng = random.Random(seed)

    def gain(query: int, found: list[int]) -> float:
        best = sorted(gains[query].values(), reverse=True)
        return discounted(gains[query].get(text, 0) for text in found) / discounted(best[:DEPTH])

    kept = [number for number in range(len(queries)) if gains.get(number)]
    wrong = {number: misspelt(queries[number], rng) for number in kept}
    result: dict[str, Any] = {"cranfield_ndcg": {}, "cranfield_misspelt_ndcg": {}}
    for name, made in SYSTEMS.items():
        if made is not None:
            with tempfile.TemporaryDirectory() as folder:
                search = made(texts, Path(folder))
                result["cranfield_ndcg"][name] = measured({n: queries[n] for n in kept}, search, gain)
                result["cranfield_misspelt_ndcg"][name] = measured(wrong, search, gain)
    return result


def discounted(gains: Iterable[int]) -> float:
    """Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002, with gains as they are."""
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def collection(folder: Path) -> tuple[list[str], list[str], dict[int, dict[int, int]]]:
    """Texts, queries, and for each query, by its place, the gains of texts, by theirs.

    Judgements are 1 (complete answer) to 4 (of minimum interest), and -1 for the text that the question came from; gains
    are 4 to 1, and 4.
    """
    texts = [f"{parts['T'].strip()}\n\n{parts['W'].strip()}" for parts in records(folder / "cran.all.1400")]
    queries = [" ".join(parts["W"].split()) for parts in records(folder / "cran.qry")]
    gains: dict[int, dict[int, int]] = {}
    for row in (folder / "cranqrel").read_text().splitlines():
        query, text, code = map(int, row.split())
        gains.setdefault(query - 1, {})[text - 1] = 4 if code == -1 else 5 - code
    return texts, queries, gains


def records(path: Path) -> Iterator[Mapping[str, str]]:
    """The records of a file of SMART's format: its fields by their letters."""
    for record in re.split(r"(?m)^\.I .*\n", path.read_text())[1:]:
        parts = re.split(r"(?m)^\.([A-Z])\n", record)
        yield dict(zip(parts[1::2], parts[2::2], strict=True))


def misspelt(query: str, rng: random.Random) -> str:
    """`query` with one edit in its longest word, the first of them."""
    word = max(query.split(), key=len)
    at = rng.randrange(1, len(word) - 1)
    other = rng.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            *([word[:at] + word[at + 1] + word[at] + word[at + 2 :]] if word[at] != word[at + 1] else []),
            word[:at] + rng.choice(string.ascii_lowercase.replace(word[at], "")) + word[at + 1 :],
        ]
    )
    return query.replace(word, other, 1)


def known_item(pairs: int, seed: int) -> dict[str, Any]:
    """recall@10 of bodies by their titles and of titles by their bodies."""
    posts = sorted(parted())
    unseen = [
        number
        for number, (_, body) in enumerate(posts)
        if held_out(body, 1 / 8) and not judged_for_ranking(body)
    ]
    drawn = random.Random(seed).sample(unseen, min(pairs, len(unseen)))
    result: dict[str, Any] = {}
    for name, query, text in (("title_to_body", 0, 1), ("body_to_title", 1, 0)):
        texts = [post[text] for post in posts]
        queries = {number: posts[number][query] for number in drawn}

        def found(number: int, hits: list[int], texts: list[str] = texts) -> float:
            # A copy is as good as the post.
            return float(any(texts[hit] == texts[number] for hit in hits))

        result[f"{name}_recall"] = {}
        for system, made in SYSTEMS.items():
            if made is not None and made is not fts5:
                with tempfile.TemporaryDirectory() as folder:
                    result[f"{name}_recall"][system] = measured(queries, made(texts, Path(folder)), found)
    return {"known_item_texts": len(posts), "known_item_pairs": len(drawn), **result}


def entailing(pairs_of: Callable[..., list[Pair]]) -> dict[str, dict[str, float]]:
    """recall@10 of the sentence that entails a sentence, among all of the files for measuring."""
    pairs = pairs_of(public_sets.folder(), measured=True)
    texts = list(
        dict.fromkeys(pair.text for pair in pairs_of(public_sets.folder(), measured=True, entailed=False))
    )
    place = {text: number for number, text in enumerate(texts)}
    queries = {number: pair.query for number, pair in enumerate(pairs)}

    def found(number: int, hits: list[int]) -> float:
        return float(place[pairs[number].text] in hits)

    result: dict[str, dict[str, float]] = {}
    for system, made in SYSTEMS.items():
        if made is not None:
            with tempfile.TemporaryDirectory() as folder:
                result[system] = measured(queries, made(texts, Path(folder)), found)
    return result


def cross_language(seed: int) -> dict[str, Any]:
    """recall@10 of English posts by queries in other languages."""
    others = random.Random(seed).sample(sorted(body for _, body in parted()), OTHERS)
    result: dict[str, Any] = {}

    def found(number: int, hits: list[int]) -> float:
        return float(number in hits)

    for file, of in ((CROSS_LANGUAGE, ""), (UNSEEN, "_unseen")):
        rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
        texts = [english for english, _, _ in rows] + others
        for system, made in SYSTEMS.items():
            if made is not None:
                with tempfile.TemporaryDirectory() as folder:
                    search = (by_query if made is ours else made)(texts, Path(folder))
                    for column, language in enumerate(("portuguese", "chinese"), start=1):
                        queries = {number: row[column] for number, row in enumerate(rows)}
                        recall = result.setdefault(f"{language}_to_english_recall{of}", {})
                        recall[system] = measured(queries, search, found)
    return result


def parted() -> Iterator[tuple[str, str]]:
    """Titles and bodies of Reddit's posts that have a body of a sentence or more."""
    for row in public_sets.reddit():
        title, body = (row["title"] or "").strip(), (row["selftext"] or "").strip()
        if title and len(body) >= 100:
            yield title, body


def measured(queries: Mapping[int, str], search: Search, measure: Measure) -> dict[str, float]:
    """The mean over `queries` and its 95% confidence interval."""
    figures = np.array([measure(number, search(query)) for number, query in queries.items()])
    samples = np.random.default_rng(7).integers(0, len(figures), (1_000, len(figures)))
    low, high = np.quantile(figures[samples].mean(axis=1), (0.025, 0.975))
    return {
        "mean": round(float(figures.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def searcher(texts: Sequence[str], folder: Path) -> Searcher:
    embedding = Embedding.load()
    store = Store.open(folder / "corpus", embedding.dimensions)
    import_posts(
        store, (Post(str(number), text) for number, text in enumerate(texts)), embed=embedding.encode
    )
    return Searcher(store, embedding)


def ours(texts: Sequence[str], folder: Path) -> Search:
    search = searcher(texts, folder).search
    return lambda text: [int(hit.post.id) for hit in search(text, DEPTH)]


def by_query(texts: Sequence[str], folder: Path) -> Search:
    """The same where a text is typed as a query."""
    find = searcher(texts, folder).find
    return lambda query: [int(hit.post.id) for hit in find(query, DEPTH)]


def bm25s(texts: Sequence[str], folder: Path) -> Search:
    import bm25s as peer

    index = peer.BM25()
    index.index(peer.tokenize(list(texts), show_progress=False), show_progress=False)

    def search(query: str) -> list[int]:
        tokens = peer.tokenize([query], show_progress=False)
        found, scores = index.retrieve(tokens, k=min(DEPTH, len(texts)), show_progress=False)
        return [int(number) for number, score in zip(found[0], scores[0], strict=True) if score > 0]

    return search


def tantivy(texts: Sequence[str], folder: Path) -> Search:
    import tantivy as peer

    builder = peer.SchemaBuilder()
    builder.add_text_field("text")
    builder.add_unsigned_field("number", stored=True)
    index = peer.Index(builder.build())
    writer = index.writer()
    for number, text in enumerate(texts):
        writer.add_document(peer.Document(text=[text], number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def search(query: str) -> list[int]:
        # Its own syntax would refuse what queries have of signs.
        parsed = index.parse_query(" ".join(re.findall(r"\w+", query.lower())), ["text"])
        return [searcher.doc(address)["number"][0] for _, address in searcher.search(parsed, DEPTH).hits]

    return search


def fts5(texts: Sequence[str], folder: Path) -> Search:
    index = sqlite3.connect(folder / "fts5.sqlite")
    index.execute("CREATE VIRTUAL TABLE texts USING fts5(text)")
    index.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", enumerate(texts))
    index.commit()

    def search(query: str) -> list[int]:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query))
        if not words:
            return []
        found = index.execute(
            "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?", (words, DEPTH)
        )
        return [row for (row,) in found]

    return search


SYSTEMS: dict[str, Callable[[Sequence[str], Path], Search] | None] = {
    "truthgpt": ours,
    "bm25s": bm25s if importlib.util.find_spec("bm25s") else None,
    "tantivy": tantivy if importlib.util.find_spec("tantivy") else None,
    "fts5": fts5,
}


if __name__ == "__main__":
    main()
