"""The page's pure modules, run in the browser that they are written for."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page


def test_a_stream_reads_the_same_wherever_it_is_cut(page: Page) -> None:
    """Every two cuts of a stream that has all line ends, comments, several data lines and characters of 1-4 bytes."""
    wrong = page.evaluate(
        """async () => {
          const { EventStreamParser } = await import("/page/sse.js");
          const text = "\\uFEFF: ping\\r\\n\\r\\nevent: decision\\r\\ndata: {\\"é\\": 1}\\r\\n\\r\\n" +
            "id: 7\\nevent:answer\\ndata: 熊猫\\ndata\\ndata:  🐼 x\\n\\n" +
            "data: cr\\rdata: more\\r\\r\\n: only a comment\\n\\nevent: none\\n\\ndata: last\\n\\ndata: unfinished";
          const bytes = new TextEncoder().encode(text);
          const read = (cuts) => {
            const parser = new EventStreamParser();
            const bounds = [0, ...cuts, bytes.length];
            return JSON.stringify(bounds.slice(1).flatMap((end, at) => parser.feed(bytes.subarray(bounds[at], end))));
          };
          const expected = JSON.stringify([
            { event: "decision", data: '{"é": 1}' },
            { event: "answer", data: "熊猫\\n\\n 🐼 x" },
            { event: "message", data: "cr\\nmore" },
            { event: "message", data: "last" },
          ]);
          const wrong = [];
          if (read([]) !== expected) wrong.push(read([]));
          for (let a = 0; a <= bytes.length; a += 1)
            for (let b = a; b <= bytes.length; b += 1) if (read([a, b]) !== expected) wrong.push([a, b]);
          if (read(Array.from(bytes.keys())) !== expected) wrong.push("byte by byte");
          return wrong;
        }"""
    )
    assert wrong == []


def test_an_endless_event_is_refused(page: Page) -> None:
    error = page.evaluate(
        """async () => {
          const { EventStreamParser } = await import("/page/sse.js");
          const parser = new EventStreamParser();
          const chunk = new TextEncoder().encode("data: " + "x".repeat(1 << 20));
          try {
            for (let i = 0; i < 40; i += 1) parser.feed(chunk);
            return "none";
          } catch (error) {
            return error.name;
          }
        }"""
    )
    assert error == "RangeError"


def call(page: Page, module: str, function: str, *arguments: Any) -> Any:
    return page.evaluate(
        "async ([module, name, values]) => (await import(`/page/${module}.js`))[name](...values)",
        [module, function, list(arguments)],
    )


def test_passages_are_cut_by_code_points(page: Page) -> None:
    text = "a🔭b 熊猫 e\u0301 👩‍🚀 end"
    for start in range(len(text) + 1):
        for end in range(start + 1, len(text) + 3):
            expected = [text[:start], text[start:end], text[end:]]
            assert call(page, "text", "cutPassage", text, [start, end]) == expected, (start, end)
    for passage in ([0, 0], [5, 2], [-1, 3], None, [None, 2]):
        assert call(page, "text", "cutPassage", text, passage) == ["", "", text]


def marked(page: Page, text: str, query: str) -> list[str]:
    segments = call(page, "text", "markWords", text, query)
    assert "".join(segment["text"] for segment in segments) == text
    return [segment["text"] for segment in segments if segment["hit"]]


def test_words_are_marked_across_case_accents_and_endings(page: Page) -> None:
    assert marked(page, "Telescopes and a TELESCOPE, telegraph", "the telescope?") == [
        "Telescopes",
        "TELESCOPE",
    ]
    assert marked(page, "Vacinação e vacinas", "vacina") == ["Vacinação", "vacinas"]
    assert marked(page, "sao paulo, São Paulo", "São") == ["sao", "São"]
    assert marked(page, "今年大熊猫降级", "大熊猫") == ["大熊猫"]
    assert marked(page, "in 2019, 20190 and 5", "2019 5") == ["2019", "20190", "5"]
    assert marked(page, "a (b) .* [c", ".* [c (") == []
    assert marked(page, "what is the point", "what is the") == []


def test_links_are_http_or_nothing(page: Page) -> None:
    assert call(page, "text", "safeLink", "https://example.org/a b") == "https://example.org/a%20b"
    for address in (
        "javascript:alert(1)",
        " JaVaScript:alert(1)",
        "data:text/html,x",
        "//x.org",
        "/a",
        "",
        "ftp://a.b",
    ):
        assert call(page, "text", "safeLink", address) is None


def test_an_excerpt_holds_the_first_word_found(page: Page) -> None:
    text = "🔭" * 300 + " filler words" * 60 + " the exoplanet " + "tail 🔭 " * 200
    cut = call(page, "text", "excerpt", text, "exoplanet")
    assert "exoplanet" in cut
    assert len(cut) < 420
    cut.encode("utf-8")  # no half of a character at its ends


def links(page: Page, text: str) -> list[str]:
    """The addresses that `text` is linked to, each as the page names it."""
    parts = call(page, "text", "linkParts", text)
    for part in parts:
        assert part["href"] is None or part["href"].startswith(("https://", "http://"))
    return [part["text"] for part in parts if part["href"]]


def test_links_in_a_note_end_where_the_sentence_goes_on(page: Page) -> None:
    wiki = "https://en.wikipedia.org/wiki/Pluto_(planet)"
    assert links(page, f"See {wiki}, (also {wiki}), <{wiki}>: “{wiki}”. {wiki}?!") == [wiki] * 5
    assert links(page, "来源：https://example.org/a?b=1#c。又见http://example.org/é） end") == [
        "https://example.org/a?b=1#c",
        "http://example.org/é",
    ]
    text = "first https://a.example\nsecond https://b.example/x_y... third"
    parts = call(page, "text", "linkParts", text)
    assert "".join(part["text"] for part in parts) == text


def test_links_in_a_note_lead_where_they_say(page: Page) -> None:
    for text in (
        "javascript:alert(1)",
        "https://bank.example@evil.example/",
        "https://user:word@evil.example",
        "https://",
        "http://[::1",
        "ftp://example.org",
        "example.org/without",
    ):
        assert links(page, text) == []
        assert call(page, "text", "linkParts", text) == [{"text": text, "href": None}]
    assert links(page, "https://аpple.com/a") == [
        "https://xn--pple-43d.com/a"
    ]  # its first letter is Cyrillic
    assert links(page, "HTTPS://Example.ORG\\@evil/") == ["https://example.org\\@evil/"]
    turned = call(page, "text", "linkParts", "a \u202ehttps://example.org/\u2066gpj.exe\u2069 b")
    assert [part["text"] for part in turned] == ["a ", "https://example.org/gpj.exe", " b"]


def test_a_cut_keeps_whole_characters_and_addresses(page: Page) -> None:
    parts = [{"text": "🔭🔭 ", "href": None}, {"text": "https://a.example/x", "href": "https://a.example/x"}]
    assert call(page, "text", "cutParts", parts, 22) == parts
    assert call(page, "text", "cutParts", parts, 1) == [{"text": "🔭…", "href": None}]
    assert call(page, "text", "cutParts", parts, 8)[1] == {"text": "https…", "href": "https://a.example/x"}
