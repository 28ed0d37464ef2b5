"""The page of a plan and its pictures: complete, of one file, safe against what machines' files say, and readable without colours."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from truthgpt.errors import MissingError
from truthgpt.training.planner import goodput, page, pictures, wording
from truthgpt.training.planner.drawing import COLOURS, Axis
from truthgpt.training.planner.failures import Failures
from truthgpt.training.planner.layout import Job, Layout
from truthgpt.training.planner.machine import machine
from truthgpt.training.planner.optimum import optimum
from truthgpt.training.planner.planned import Link, Planned, planned
from truthgpt.training.planner.search import Wanted
from truthgpt.training.planner.transformer import KNOWN, llama

SVG = "{http://www.w3.org/2000/svg}"
JOB = Job(llama(16, 2_048, 16, 8, 7_168, 32_768), 4_096, 64)
PICTURES: list[Callable[[Planned], str]] = [
    pictures.schedule,
    pictures.seconds,
    pictures.memory,
    pictures.front,
    pictures.goodput,
    pictures.scaling,
]


def made(ranks: int = 64, schedule: str = "interleaved", pipeline: int = 4, tokens: int = 10**11) -> Planned:
    wanted = Wanted(pipeline=pipeline, schedule=schedule if pipeline > 1 else None)  # type: ignore[arg-type]
    counts = [ranks, 2 * ranks, 4 * ranks]
    return planned(JOB, machine("h100-sxm"), ranks, tokens, Failures(), wanted=wanted, counts=counts)


@pytest.fixture(scope="module")
def plan() -> Planned:
    """64 accelerators in four interleaved stages."""
    return made()


@pytest.fixture(scope="module")
def alone() -> Planned:
    """One accelerator, compared with no other number of them."""
    return planned(JOB, machine("h200"), 1, 10**9, Failures())


@pytest.fixture(scope="module")
def whole(plan: Planned) -> Planned:
    """A plan with all that a page can have."""
    link = Link(sites=2, bandwidth=50e9, latency=0.03, inner=50)
    joined = planned(JOB, machine("h100-sxm"), 64, 10**11, Failures(), counts=[8, 16], link=link)
    return dataclasses.replace(joined, optimum=optimum(1e22, 10**10))


class Tags(HTMLParser):
    """Checks that elements are closed in order, and keeps what they are and say."""

    VOID = ("meta", "link", "br", "hr", "img", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said += data


def words(picture: str) -> str:
    """What a picture says where its colours are not seen."""
    return " ".join(text.text or "" for text in ElementTree.fromstring(picture).iter(f"{SVG}text"))


@pytest.mark.parametrize("draw", PICTURES, ids=lambda draw: draw.__name__)
@pytest.mark.parametrize("which", ["plan", "alone"])
def test_a_picture_stands_alone_and_says_what_it_shows(
    draw: Callable[[Planned], str], which: str, request: pytest.FixtureRequest
) -> None:
    """It is well-formed, has a title and a description for those who do not see it, no script, nothing from elsewhere, both schemes, and
    lies within its own frame."""
    root = ElementTree.fromstring(draw(request.getfixturevalue(which)))
    ids = {node.get("id"): node.text for node in root.iter() if node.get("id")}
    title, said = (root.get("aria-labelledby") or "").split()
    assert root.get("role") == "img"
    assert ids[title]
    assert re.search(r"\d", ids[said] or "")
    text = ElementTree.tostring(root, encoding="unicode")
    assert "prefers-color-scheme:dark" in text
    assert not re.search(r"<script|href|url\((?!#)|\son\w+=", text)
    _, _, width, height = map(float, (root.get("viewBox") or "").split())
    for box in root.iter(f"{SVG}rect"):
        assert float(box.get("width") or 0) > 0
        assert float(box.get("x") or 0) + float(box.get("width") or 0) <= width + 1
    for label in root.iter(f"{SVG}text"):
        assert 0 <= float(label.get("x") or 0) <= width
        assert 0 <= float(label.get("y") or 0) <= height


def test_every_term_has_words(plan: Planned, whole: Planned) -> None:
    """A term of a step, of memory or of lost time that is added later is named for people too."""
    assert set(plan.best.step.terms) <= set(wording.SECONDS)
    for option in (*plan.front, *whole.front):
        assert set(option.memory) <= set(wording.BYTES)
    assert set(goodput.CAUSES) == set(wording.CAUSES)


def test_bars_name_each_term_beside_its_size(plan: Planned) -> None:
    """Nothing is told by colour alone: each part that is there stands below the bar with its words and its size."""
    for picture, terms, names, size in (
        (pictures.seconds(plan), plan.best.step.terms, wording.SECONDS, wording.duration),
        (pictures.memory(plan), plan.best.memory, wording.BYTES, wording.gigabytes),
    ):
        for name, value in terms.items():
            assert (f"{names[name]} {size(value)}" in words(picture)) == (value > 0)


def test_the_memory_s_bar_ends_before_the_limit_that_is_marked(plan: Planned) -> None:
    """What is held is drawn to the scale of what there is."""
    picture = pictures.memory(plan)
    bars = [
        float(box.get("width") or 0)
        for box in ElementTree.fromstring(picture).iter(f"{SVG}rect")
        if box.get("height") == "34"
    ]
    limit, *parts = bars
    there = len(parts)
    assert (sum(parts) + there) / limit == pytest.approx(
        plan.best.held / plan.machine.accelerator.memory, abs=0.02
    )
    assert "limit: 80 GB" in words(picture)


@pytest.mark.parametrize(("schedule", "kinds"), [("1f1b", 2), ("interleaved", 2), ("zero-bubble", 3)])
def test_a_schedule_is_drawn_with_all_its_kinds_of_passes(schedule: str, kinds: int) -> None:
    """Forward, backward, with zero-bubble those of weights apart; each stage is named."""
    shown = made(schedule=schedule)
    picture = pictures.schedule(shown)
    assert words(picture).count("stage ") == 4
    assert sum(kind in words(picture) for kind in ("forward", "backward", "of weights")) == kinds
    passes = [path for path in ElementTree.fromstring(picture).iter(f"{SVG}path") if path.get("fill", "")[:1] == "#"]  # fmt: skip
    assert len(passes) == kinds
    boxes = sum((path.get("d") or "").count("M") for path in passes)
    assert boxes == 4 * kinds * shown.best.step.microbatches * min(2, shown.best.layout.interleave)


def test_a_large_pipeline_is_drawn_smaller_and_says_so(plan: Planned) -> None:
    """At most 16 stages and 24 microbatches are drawn; how many there are, and how long they wait in truth, is said."""
    layout = dataclasses.replace(plan.best.layout, pipeline=128, interleave=4)
    step = dataclasses.replace(plan.best.step, microbatches=2_048)
    large = dataclasses.replace(plan, best=dataclasses.replace(plan.best, layout=layout, step=step))
    said = pictures.schedule_said(large)
    assert "8 of 128 stages" in said
    assert "16 of 2,048 microbatches" in said
    assert "2 of 4 pieces" in said
    assert wording.percent(step.terms["bubble"] / step.seconds) in said
    picture = pictures.schedule(large)
    assert "stage 8" in words(picture)
    assert "stage 9" not in words(picture)
    assert len(picture) < 60_000
    plain = dataclasses.replace(layout, interleave=1, schedule="1f1b")
    large = dataclasses.replace(plan, best=dataclasses.replace(plan.best, layout=plain, step=step))
    assert "16 of 128 stages, 24 of 2,048 microbatches" in pictures.schedule_said(large)
    assert "stage 17" not in words(pictures.schedule(large))


def test_without_stages_the_step_is_one_bar(alone: Planned) -> None:
    """There is no schedule to draw, and the page shows no empty one."""
    assert pictures.schedule(alone) == pictures.seconds(alone)
    assert "one stage" in pictures.schedule_said(alone)
    assert "numbers: microbatches" not in page.page(alone)


def test_the_front_names_the_best_first(plan: Planned) -> None:
    """Each point's seconds, bytes and layout stand beside its number."""
    said = words(pictures.front(plan))
    assert f"{wording.short(plan.best.layout)}, the best" in said
    for option in pictures.spread(plan.front):
        assert wording.short(option.layout) in said
        assert wording.gigabytes(option.held) in said


def test_a_long_front_is_thinned_from_end_to_end(plan: Planned) -> None:
    """The fastest and the smallest stay."""
    many = [plan.best] * 20 + [plan.front[-1]]
    shown = pictures.spread(many)
    assert (len(shown), shown[0], shown[-1]) == (8, plan.best, plan.front[-1])


def test_the_histogram_marks_its_quantiles(plan: Planned) -> None:
    """5, 50 and 95% as numbers, all runs in the bars; runs that are all alike are drawn too."""
    said = words(pictures.goodput(plan))
    for name, value in (
        ("5%", plan.goodput.low),
        ("median", plan.goodput.median),
        ("95%", plan.goodput.high),
    ):
        assert f"{name}: {wording.percent(value, 2)}" in said
    same = dataclasses.replace(plan.goodput, low=1.0, median=1.0, high=1.0, samples=(1.0,) * 50)
    assert "median: 100.00%" in words(pictures.goodput(dataclasses.replace(plan, goodput=same)))


def test_the_scaling_curve_has_the_plan_on_it(plan: Planned) -> None:
    """Each number of accelerators with its MFU; that of the plan is among them."""
    said = words(pictures.scaling(plan))
    for each in plan.scaling:
        assert f"{each.ranks:,}" in said
        assert wording.percent(each.utilisation, 0) in said
    more = dataclasses.replace(plan, scaling=plan.scaling[1:])
    assert words(pictures.scaling(more)).split("accelerators")[0] == said.split("accelerators")[0]


def test_what_is_written_on_a_colour_can_be_read() -> None:
    """At least 4.5 to 1, as WCAG 2.2 asks for text."""

    def light(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for fill, ink in COLOURS.values():
        high, low = sorted((light(fill), light(ink)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, fill


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("low", "high"), [(0.5, 88), (14.1, 15.9), (1, 3), (250, 2_000_000), (0.9301, 0.9304)])  # fmt: skip
def test_ticks_lie_on_their_axis_and_are_few(low: float, high: float, log: bool) -> None:
    """Two to a dozen, in order, whatever the axis spans."""
    axis = Axis(low, high, 0, 400, log)
    ticks = axis.ticks(5)
    assert ticks == sorted(ticks)
    assert len(ticks) <= 12
    assert len(ticks) >= 2 or (log and high / low < 2)
    assert all(-1 <= axis.at(tick) <= 401 for tick in ticks)
    assert (axis.at(low), axis.at(high)) == (0, pytest.approx(400))


def test_the_page_is_one_file_that_asks_for_nothing(whole: Planned) -> None:
    """Well-formed; no script, no frame, nothing from elsewhere; ids are apart; all figures are described."""
    found = Tags(page.page(whole)).found
    tags = [tag for tag, _ in found]
    assert not {"script", "iframe", "object", "img", "form", "base"} & set(tags)
    for tag, attributes in found:
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("src") is None
        assert (attributes.get("href") or "data:").startswith("data:"), tag
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert tags.count("h1") == 1
    assert tags.count("svg") == tags.count("figure") >= 5
    assert ("html", {"lang": "en"}) in found


def test_the_headline_says_it_in_one_sentence(plan: Planned) -> None:
    """Network, machine, seconds, MFU, days and dollars."""
    said = Tags(page.page(plan)).said
    days = wording.duration(plan.wall * 86_400)
    assert (
        f"A network like Llama's, {wording.big(JOB.transformer.parameters)} parameters, on 64 H100 SXM: "
        f"{wording.duration(plan.seconds)} a step, {wording.percent(plan.utilisation, 0)} MFU, {days}, {wording.money(plan.dollars)}."
    ) in said


@pytest.mark.parametrize("schedule", ["1f1b", "interleaved", "zero-bubble"])
def test_the_layout_is_told_in_words_beside_its_short_names(schedule: str) -> None:
    """Each degree above 1 has a line, and together they are all accelerators."""
    shown = made(schedule=schedule)
    said = Tags(page.page(shown)).said
    layout = shown.best.layout
    for name, degree in (("TP", layout.tensor), ("CP", layout.context), ("PP", layout.pipeline), ("DP", layout.data)):  # fmt: skip
        assert (f"{name} {degree}" in said) == (degree > 1)
    assert "work like an assembly line" in said
    assert "= 64 accelerators." in said


def test_what_is_not_used_is_not_told(alone: Planned) -> None:
    """One accelerator shares nothing, and waits for nobody."""
    said = Tags(page.page(alone)).said
    assert "on one H200 SXM" in said
    for name in ("TP ", "PP ", "DP ", "ZeRO", "More or fewer", "exchange between"):
        assert name not in said


def test_every_degree_of_a_layout_has_a_line(plan: Planned) -> None:
    """Experts and groups of copies too, which this network's plan does not use."""
    layout = Layout(4, True, 2, 1, expert=4, data=8, sharding="full", replicate=2, micro=2, recompute="full")
    rows = wording.layout_rows(dataclasses.replace(plan, best=dataclasses.replace(plan.best, layout=layout)))
    assert [short for short, _ in rows] == [
        "TP 4", "CP 2", "DP 8", "EP 4", "HSDP 2", "micro-batch 2", "full recompute", "bfloat16, AdamW",
    ]  # fmt: skip
    assert all(said for _, said in rows)


def test_prices_stand_with_their_date_and_source(plan: Planned) -> None:
    """And without a price, no dollars."""
    said = Tags(page.page(plan)).said
    cost = plan.machine.cost
    assert f"Prices as of {cost.date}. {' '.join(cost.source.split())}" in said
    free = dataclasses.replace(cost, hour=0, bought=0, date="2031-01", source="")
    ours = dataclasses.replace(
        plan, machine=dataclasses.replace(plan.machine, cost=free), dollars=0.0, bought=0.0, scaling=[]
    )
    said = Tags(page.page(ours)).said
    assert "Prices as of 2031-01." in said
    assert "$" not in said


@pytest.mark.parametrize(
    ("flop", "heading"),
    [
        (7.43e25, "Above the EU AI Act's line of 1025 FLOP: 7.43 times as much"),
        (2e23, "Not above the EU AI Act's line of 1025 FLOP: 50 times less"),
    ],
)
def test_the_line_of_the_ai_act_is_stated(plan: Planned, flop: float, heading: str) -> None:
    """Above or below, and by how many times; powers are raised."""
    text = page.page(dataclasses.replace(plan, flop=flop))
    assert heading in Tags(text).said
    assert "10<sup>25</sup>" in text
    assert "e+" not in Tags(text).said
    assert "Art. 51(2)" in text


def test_where_time_is_lost_is_listed(plan: Planned) -> None:
    """Each cause with its share; a run that never ends is said to."""
    said = Tags(page.page(plan)).said
    for cause, share in plan.goodput.lost.items():
        assert (wording.CAUSES[cause] in said) == (share > 0)
    lost = dataclasses.replace(plan.goodput, goodput=0.0, finishes=False, days=math.inf)
    never = Tags(
        page.page(dataclasses.replace(plan, goodput=lost, wall=math.inf, dollars=math.inf, kwh=math.inf))
    ).said
    assert "it never finishes." in never
    assert "∞" not in never
    assert "nan" not in never


def test_optimum_and_sites_are_shown_where_they_are_known(plan: Planned, whole: Planned) -> None:
    """Their sections are left out of a plan without them."""
    said, less = Tags(page.page(whole)).said, Tags(page.page(plan)).said
    assert whole.optimum is not None
    assert whole.sites is not None
    for text in ("What this compute is best spent on", "Sites joined by a link", "Chinchilla"):
        assert text in said
        assert text not in less
    for note in (*whole.optimum.notes, *whole.sites.assumed):
        assert re.split(r"\d", note)[0] in said
    assert f"{whole.sites.choice} ← taken" in said
    assert f"with the link it takes {wording.duration(whole.seconds)}" in said


def test_the_page_says_how_far_to_trust_it(plan: Planned) -> None:
    """What the machine's constants were fitted to, and where the errors stand."""
    said = Tags(page.page(plan)).said
    assert plan.machine.reached.fitted in said
    assert "docs/plan.md" in said


def test_what_a_machine_s_file_says_is_text(plan: Planned) -> None:
    """Names and sources may hold anything; none of it becomes an element, not even in a picture."""
    bad = "<script>alert('1e5 & 10^25')</script>\"><svg onload=x>"
    kind = plan.machine
    hostile = dataclasses.replace(
        kind,
        name=bad,
        accelerator=dataclasses.replace(kind.accelerator, source=bad),
        network=dataclasses.replace(kind.network, source=bad),
        reached=dataclasses.replace(kind.reached, fitted=bad),
        cost=dataclasses.replace(kind.cost, date=bad, source=bad),
    )
    clean, dirty = Tags(page.page(plan)), Tags(page.page(dataclasses.replace(plan, machine=hostile)))
    raised = {"sup"}
    assert [tag for tag, _ in dirty.found if tag not in raised] == [tag for tag, _ in clean.found if tag not in raised]  # fmt: skip
    assert dirty.said.count("<script>") >= 7


def test_a_page_is_written_whole(plan: Planned, tmp_path: Path) -> None:
    """It replaces what was there; where nothing can be written, one line says so."""
    path = tmp_path / "plans" / "page.html"
    page.write(plan, path)
    page.write(plan, path)
    assert path.read_text(encoding="utf-8") == page.page(plan)
    assert [file.name for file in path.parent.iterdir()] == ["page.html"]
    with pytest.raises(MissingError, match="cannot be written"):
        page.write(plan, path / "below")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (wording.digits(0.5049), "0.505"),
        (wording.digits(30.0), "30"),
        (wording.digits(999.6), "1,000"),
        (wording.digits(0), "0"),
        (wording.big(1.008e12), "1.01 trillion"),
        (wording.big(999_600_000), "1 billion"),
        (wording.compact(15_000), "15k"),
        (wording.duration(14.72), "14.7 s"),
        (wording.duration(0.0123), "12.3 ms"),
        (wording.duration(8e-6), "8 µs"),
        (wording.duration(300), "5 minutes"),
        (wording.duration(61 * 86_400), "61 days"),
        (wording.duration(math.inf), "for ever"),
        (wording.money(263_123_000), "$263 million"),
        (wording.money(5_246.4), "$5,246"),
        (wording.percent(0.0004), "<0.1%"),
        (wording.percent(0.0), "0.0%"),
        (wording.percent(0.4349, 0), "43%"),
        (wording.gigabytes(505e6), "505 MB"),
        (wording.power(9.716e25), "9.72 × 10^25"),
        (wording.energy(102_345_678), "102 GWh"),
        (wording.energy(420), "420 kWh"),
        (wording.network_name(KNOWN["llama3-8b"]), "llama3-8b"),
        (wording.network_name(dataclasses.replace(KNOWN["mixtral-8x7b"], layers=5)), "A mixture of 8 experts"),
        (wording.network_name(dataclasses.replace(KNOWN["gpt3-175b"], layers=5)), "A network like GPT's"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_read_them(said: str, wanted: str) -> None:
    """Three digits in a unit that fits, no exponents, nothing that is there written as nothing."""
    assert said == wanted
