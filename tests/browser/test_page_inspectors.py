"""The inspectors' page: a key of the tab, five rooms that read, hostile text as text, a phone's width, three languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser_access import CONTRAST, NAMELESS
from browser_page import OpenPage, Watch, serve
from browser_stage import Stage
from playwright.sync_api import Page, expect

from truthgpt.oversight.certificate.standing import Standing
from truthgpt.oversight.incidents import FIELDS, Incidents, opening
from truthgpt.oversight.inspectors import Inspectors
from truthgpt.oversight.log import Log, Verifier, proof
from truthgpt.oversight.log.events import Answered, Decided, Event, Imported, Paused, Resumed, record
from truthgpt.oversight.log.texts import Text, Texts
from truthgpt.server.pages import PAGE

HOSTILE = "<img src=x onerror=alert(1)>"
CERTIFICATE = Path(__file__).parents[1] / "oversight" / "certificates" / "v1-cosigned.json"
FOLDER = PAGE / "inspectors"


def happened() -> list[Event]:
    question, answer, person = Text("q"), Text("a"), Text("Ana")
    rule = "explosives", "18 U.S.C. § 842(p)"
    return [
        Imported(2, "ab" * 32, 428, 428, 0, 0),
        *[Answered(question, answer, "answer", "us", "smollm2-135m", 2)] * 14,
        Answered(question, answer, "care", "us", "smollm2-135m", 2),
        *[Answered(question, answer, "refuse", "us", "smollm2-135m", 2, *rule)] * 3,
        Answered(question, answer, "refuse", "de", "smollm2-135m", 2, HOSTILE, "§ 130 StGB"),
        Decided(question, "refuse", "us", 0.97, *rule),
        Paused(Text("drill"), person),
        Resumed(Text("over"), person),
    ]


@dataclass(frozen=True)
class Inspected:
    data: Path
    key: str


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Inspected:
    data = tmp_path_factory.mktemp("inspected")
    texts = Texts(data / "oversight" / "texts.db")
    with Log.open(data / "oversight" / "log") as log:
        for number, event in enumerate(happened()):
            record(log, texts, event, datetime(2026, 5, 4, 10, tzinfo=UTC) + timedelta(minutes=number))
    report = {"kind": "security", "aware": "2026-05-04T10:00:00+02:00", **dict.fromkeys(FIELDS, HOSTILE)}
    Incidents(data).open(opening(report), "Ana")
    (data / "oversight" / "certificates").mkdir()
    (data / "oversight" / "certificates" / "one.json").write_bytes(CERTIFICATE.read_bytes())
    return Inspected(data, Inspectors(data).add(f"Ana {HOSTILE}", 30)[1])


# The folder's own server, in the place of the one that has nothing to inspect.
@pytest.fixture(scope="module")
def origin(shared_stage: Stage, inspected: Inspected) -> Iterator[str]:
    services = replace(shared_stage.services(), data=inspected.data)
    with serve(services, api_key="of the server") as address:
        yield address


def enter(open_page: OpenPage, key: str, **options: Any) -> Page:
    page = open_page("inspectors", **options)
    page.locator("#key").fill(key)
    page.locator("#key").press("Enter")
    return page


def entered(open_page: OpenPage, inspected: Inspected, **options: Any) -> Page:
    page = enter(open_page, inspected.key, **options)
    expect(page.locator("#rooms")).to_be_visible()
    expect(page.locator("#refusals table").first).to_be_visible()
    expect(page.locator(".entries tbody tr").first).to_be_visible()
    expect(page.locator("#model .card")).to_be_visible()
    expect(page.locator("#incidents .card")).to_be_visible()
    return page


def test_a_wrong_key_opens_nothing(open_page: OpenPage, watch: Watch) -> None:
    """And is not kept; what no header could carry is a wrong key too."""
    watch.allowed.append("401")
    for key in ("tgi_wrong", "ключ"):
        page = enter(open_page, key)
        expect(page.locator("#trouble")).to_have_text("No inspector has this key.")
        expect(page.locator("#rooms")).to_be_hidden()
        assert not page.evaluate("sessionStorage.getItem('truthgpt.inspector')")


def test_the_key_stays_in_its_tab(open_page: OpenPage, inspected: Inspected, watch: Watch) -> None:
    """Never in an address nor in what outlasts the tab; a reload keeps it, forgetting takes it away."""
    requests: list[str] = []
    page = open_page("inspectors")
    page.on("request", lambda request: requests.append(request.url))
    page.locator("#key").fill(inspected.key)
    page.locator("#key").press("Enter")
    expect(page.locator("#imprint")).to_contain_text(f"Ana {HOSTILE}")
    page.reload()
    expect(page.locator("#rooms")).to_be_visible()
    assert not any(inspected.key in each for each in [*requests, page.url])
    assert inspected.key not in page.evaluate("JSON.stringify(localStorage) + document.cookie")
    page.get_by_role("button", name="Forget the key").click()
    expect(page.locator("#rooms")).to_be_hidden()
    assert inspected.key not in page.evaluate("JSON.stringify(sessionStorage)")


def test_what_is_shown_is_what_is_kept(open_page: OpenPage, inspected: Inspected, stage: Stage) -> None:
    """Standing, measures, entries, refusals, deadlines; markup in any of them is text."""
    stage.status = stage.status.model_copy(
        update={"inspection": Standing("refused", why=f"one.json: {HOSTILE}")}
    )
    page = entered(open_page, inspected, viewport={"width": 1280, "height": 900})
    expect(page.locator("#model")).to_contain_text(f"one.json: {HOSTILE}")
    expect(page.locator("#model .bad").first).to_contain_text("key")
    expect(page.locator("#log")).to_contain_text(f"{len(happened())}")
    expect(page.locator("#refusals tbody").first).to_contain_text("United States")
    row = page.locator("#refusals table").last.locator("tbody tr").first
    expect(row).to_contain_text("18 U.S.C. § 842(p)")
    expect(page.locator("#refusals")).to_contain_text(HOSTILE)
    expect(page.locator("#incidents")).to_contain_text("due 9 May 2026 at 08:00")
    assert page.locator("img").count() == 0
    for name in ("JSON", "PDF", "Download checkpoint", "Download certificate"):
        with page.expect_download() as saved:
            page.get_by_role("button", name=name).click()
        assert Path(saved.value.path()).stat().st_size > 100


def test_an_entry_is_proven(open_page: OpenPage, inspected: Inspected) -> None:
    """The two files that are saved prove the entry offline."""
    page = entered(open_page, inspected)
    page.get_by_label("Entry number").fill("16")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#log")).to_contain_text("truthgpt log check entry-16.tlog-proof")
    files = []
    for name in ("Download entry", "Download proof"):
        with page.expect_download() as saved:
            page.get_by_role("button", name=name).click()
        files.append(Path(saved.value.path()).read_bytes())
    key = page.locator("#log dd.mono").nth(2).inner_text()
    assert proof.parse(files[1]).check(files[0], [Verifier.parse(key)]).size == len(happened())


def test_asking_is_asking_as_everybody(
    open_page: OpenPage, inspected: Inspected, stage: Stage, watch: Watch
) -> None:
    """In a new tab, on the ordinary page, which knows nothing of the inspector's key."""
    watch.allowed.append("401")
    page = entered(open_page, inspected)
    page.locator("#question").fill("How many exoplanets?")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Ask", exact=True).click()
    other = opened.value
    expect(other.locator("#key-dialog")).to_be_visible()  # this server asks everybody for its key
    other.locator("#key").fill("of the server")
    other.locator("#key").press("Enter")
    expect(other.locator(".turn").last).to_have_attribute("aria-busy", "false")
    assert [question for question, _ in stage.answerer.asked] == ["How many exoplanets?"]
    assert other.evaluate("sessionStorage.getItem('truthgpt.inspector')") is None


@pytest.mark.parametrize(("width", "locale", "scheme"), [(360, "pt-BR", "dark"), (1280, "zh-CN", "light")])
def test_everybody_can_read_it(
    open_page: OpenPage, inspected: Inspected, width: int, locale: str, scheme: str
) -> None:
    """Nothing scrolls sideways, text has contrast, controls have names, and the language is the reader's."""
    page = entered(
        open_page, inspected, viewport={"width": width, "height": 740}, locale=locale, color_scheme=scheme
    )
    page.locator("#model summary").click()
    expect(page.locator("h1")).to_have_text("Para inspetores" if locale == "pt-BR" else "检验员页面")
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(NAMELESS) == []


def test_every_language_has_every_word_and_each_is_used(open_page: OpenPage) -> None:
    """Every key exists in three languages with the same gaps, is asked for, and stands in no other page's words."""
    both = open_page("docs").evaluate(
        """async () => {
          const { strings } = await import("/page/strings.js");
          const before = Object.keys(strings.en);
          const { words } = await import("/page/inspectors/strings.js");
          return [before, words];
        }"""
    )
    gaps = {
        tag: {key: set(re.findall(r"\{\w+\}", str(value))) for key, value in table.items()}
        for tag, table in both[1].items()
    }
    assert gaps["en"] == gaps["pt"] == gaps["zh"]
    keys = set(gaps["en"])
    assert not keys & set(both[0])
    sources = [*FOLDER.glob("*.js"), FOLDER / "index.html"]
    text = "\n".join(path.read_text() for path in sources if path.name != "strings.js")
    assert {key for key in keys if f'"{key}"' not in text} == set()
    assert set(re.findall(r'"(in_\w+)"', text)) <= keys
