"""The trace over many words: how fast it is built and of what size, how long a sentence takes, and whether it is right. A JSON line.

    python benchmarks/trace.py [--tokens 100000000] [--posts 262144] [--sentences 200] [--checked 10] [--folder DIR]

The texts are Reddit's of the public sets recombined, as `search_at_scale.py` does it, `--posts` a segment, as many as an import
commits at once. The clock runs from texts in memory to files on the disk. Sentences are those of the posts, every second one edited by
a word; their spans and where these stand are found in all segments together, files in the page cache, and, for a few of them, read
from the disk. Of `--checked` of them all spans and counts are found by a scan of all words too.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import public_sets
from machine import describe
from search_at_scale import recombined
from truthgpt.truth.trace.build import build
from truthgpt.truth.trace.find import places, spans
from truthgpt.truth.trace.segment import Segment
from truthgpt.truth.trace.tokens import tokens

LEAST, LIMIT, POSTS = 6, 10, 5
_BATCH = 4_096
_COLD = 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tokens", type=int, default=100_000_000)
    parser.add_argument("--posts", type=int, default=262_144, help="of a segment")
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--checked", type=int, default=10)
    parser.add_argument("--folder", type=Path, help="where temporary files go, 9 bytes a token")
    options = parser.parse_args()
    machine = describe()
    rows = public_sets.reddit()
    texts = [text for row in rows if (text := f"{row['title'].strip()}\n\n{row['selftext'].strip()}".strip())]
    asked = sentences(texts, options.sentences)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        warm(Path(folder) / "warm.trace", texts[:10])
        files, line = built(Path(folder), texts, options.tokens, options.posts)
        held = opened(files)
        line |= measured(held, asked)
        line["scanned_sentences"] = options.checked
        line["scanned_wrong"] = sum(
            not is_right(held, sentence) for sentence in asked[:: len(asked) // options.checked]
        )
        held.clear()
        line["from_disk_max_ms"] = round(
            max(from_disk(files, sentence) for sentence in asked[:_COLD]) * 1000, 1
        )
    print(json.dumps({"benchmark": "trace", **line, "machine": machine}))


def warm(path: Path, texts: Sequence[str]) -> None:
    """Compiles, or loads what was compiled."""
    build([texts]).write(path)
    spans(opened([path]), texts[0], LEAST, LIMIT)


def opened(files: Sequence[Path]) -> list[Segment]:
    """The segments, mapped."""
    return [segment for file in files if (segment := Segment.open(file))]


def built(folder: Path, texts: Sequence[str], total: int, posts: int) -> tuple[list[Path], dict[str, Any]]:
    """Files of segments of at least `total` words in all, and how they were made."""
    files: list[Path] = []
    made = count = 0
    seconds = cpu = 0.0
    memory: list[float] = []
    source = recombined(texts, 1 << 40)
    while made < total:
        batches = some(source, total - made, posts)
        before = fresh_peak()
        started, before_cpu = time.perf_counter(), time.process_time()
        segment = build(batches)
        files.append(folder / f"{len(files)}.trace")
        segment.write(files[-1])
        seconds += time.perf_counter() - started
        cpu += time.process_time() - before_cpu
        memory.append((memory_of("VmHWM") - before) / segment.tokens)
        made += segment.tokens
        count += sum(map(len, batches))
    return files, {
        "tokens": made,
        "posts": count,
        "segments": len(files),
        "build_seconds": round(seconds, 1),
        "tokens_per_second": round(made / seconds),
        "tokens_per_cpu_second": round(made / cpu),
        "bytes_per_token": round(sum(file.stat().st_size for file in files) / made, 2),
        "memory_bytes_per_token_of_a_segment": round(max(memory), 1),
        "peak_memory_mib": memory_of("VmHWM") >> 20,
    }


def some(source: Iterator[str], words: int, posts: int) -> list[list[str]]:
    """Batches of at most `posts` texts that have about `words` words at most."""
    batches: list[list[str]] = []
    found = 0
    while found < words and len(batches) * _BATCH < posts:
        batches.append([next(source) for _ in range(min(_BATCH, posts - len(batches) * _BATCH))])
        found += len(tokens(batches[-1]).hashes)
    return batches


def memory_of(what: str) -> int:
    """Bytes of memory of this process: `VmRSS`, or `VmHWM`, the most since the peak was last reset."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(what))


def fresh_peak() -> int:
    """Resets the peak; bytes of memory now."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory_of("VmRSS")


def sentences(texts: Sequence[str], count: int) -> list[str]:
    """Of the texts, between 8 and 40 words long, every second one with another word in its middle."""
    draw = random.Random(11)
    found: list[str] = []
    while len(found) < count:
        sentence = draw.choice(re.split(r"(?<=[.!?])\s+|\n+", draw.choice(texts)))
        words = sentence.split()
        if 8 <= len(words) <= 40:
            if len(found) % 2:
                words[draw.randrange(3, len(words) - 3)] = draw.choice(draw.choice(texts).split())
            found.append(" ".join(words))
    return found


def measured(held: Sequence[Segment], asked: Sequence[str]) -> dict[str, Any]:
    seconds = [seconds_of(held, sentence) for sentence in asked]
    p50, p95 = (float(np.quantile(seconds, q)) for q in (0.5, 0.95))
    whole = [spans(held, sentence, LEAST, 1) for sentence in asked]
    found = [
        bool(best) and best[0].words == len(tokens([sentence]).hashes)
        for best, sentence in zip(whole, asked, strict=True)
    ]
    return {
        "sentences": len(asked),
        "p50_ms": round(p50 * 1000, 2),
        "p95_ms": round(p95 * 1000, 2),
        "max_ms": round(max(seconds) * 1000, 2),
        "real_found_whole": sum(found[::2]),
        "edited_found_whole": sum(found[1::2]),
    }


def seconds_of(held: Sequence[Segment], sentence: str) -> float:
    started = time.perf_counter()
    for span in spans(held, sentence, LEAST, LIMIT):
        places(held, span, POSTS)
    return time.perf_counter() - started


def from_disk(files: Sequence[Path], sentence: str) -> float:
    """How long one sentence takes when no page of the files is in memory."""
    for path in files:
        file = os.open(path, os.O_RDONLY)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)
    started = time.perf_counter()
    seconds_of(opened(files), sentence)
    return time.perf_counter() - started


def is_right(held: Sequence[Segment], sentence: str) -> bool:
    """Whether the spans of `sentence` are those that a scan of all words finds, with as many places."""
    found = {(span.word, span.words): span.count for span in spans(held, sentence, 1, 10_000)}
    hashes = tokens([sentence]).hashes
    expected: dict[tuple[int, int], int] = {}
    reached = 0
    for begin in range(len(hashes)):
        counts = [scanned(segment, hashes[begin:]) for segment in held]
        length = max(map(len, counts))
        if length and begin + length > reached:
            reached = begin + length
            expected[begin, length] = sum(count[-1] for count in counts if len(count) == length)
    return found == expected


def scanned(segment: Segment, hashes: np.ndarray[Any, Any]) -> list[int]:
    """How often the first word stands in the text of `segment`, the first two, and so on, as long as they do."""
    numbers = segment.numbers(hashes)
    counts: list[int] = []
    at = np.flatnonzero(segment.text == numbers[0]) if numbers[0] else np.empty(0, np.int64)
    while len(at):
        counts.append(len(at))
        if len(counts) == len(numbers) or not numbers[len(counts)]:
            break
        at = at[segment.text[at + len(counts)] == numbers[len(counts)]]
    return counts


if __name__ == "__main__":
    main()
