"""The posts that the page is tested with."""

from __future__ import annotations

from datetime import UTC, datetime

from truthgpt.corpus.post import Post

ASTRAL = "The 🚢 leaves at noon."
BRIDGE = "The bridge opens in May."
HOSTILE = f'<script>window.hacked=1</script><img src=x onerror="window.hacked=2"> {BRIDGE}'
PASSAGE = "NASA's count of confirmed exoplanets has reached 6,000."

POSTS = {
    post.id: post
    for post in (
        Post(
            "demo:1",
            f"Exoplanet tally, 17 September 2025.\n\n{PASSAGE} Thousands of candidates still wait for "
            "someone to check them, most of them from transits: a star dims a little, and somebody has to "
            "show that it is a planet and not two stars in a dance.\n\n"
            "I am going to need a bigger notebook. The first page has 51 Pegasi b on it, and a coffee ring.",
            "space",
            "exo_bookkeeper",
            datetime(2025, 9, 17, 16, 30, tzinfo=UTC),
            "en",
            "https://example.org/exo/6000",
        ),
        Post(
            "demo:2",
            "Exoplanet tally, 21 March 2022: 5,000 confirmed. Sixty-five were added in one batch today.",
            "space",
            "exo_bookkeeper",
            datetime(2022, 3, 21, 18, 4, tzinfo=UTC),
            "en",
        ),
        Post(
            "demo:3",
            'somebody on another board says there are "about 4,000 exoplanets". pal, that was 2019',
            "askscience",
            "comet_on_a_budget",
            datetime(2023, 8, 26, 9, 0, tzinfo=UTC),
            "en",
            "javascript:window.hacked=3",
        ),
        # Characters beyond U+FFFF stand before the passage: offsets count code points, JavaScript halves.
        Post("demo:9", "🔭🪐🚢 " * 400 + ASTRAL + " 🛟" * 400, "harbour", "harbour_heron", None, "en"),
        Post("demo:4", HOSTILE, "millbrook", "<b>mallory</b>", datetime(2023, 5, 8, 8, 0, tzinfo=UTC), "en"),
        Post(
            "demo:5",
            "A nuclear plant gives steady power day and night, and its carbon per unit of power is low.",
            "nuclear_now",
            "steady_neutron",
            datetime(2023, 2, 3, 12, 0, tzinfo=UTC),
            "en",
        ),
        Post(
            "demo:6",
            "Wind and sun take two years to build, a reactor ten. Reactors come too late to matter.",
            "renewables_first",
            "gusty_gwen",
            datetime(2023, 2, 4, 12, 0, tzinfo=UTC),
            "en",
        ),
        Post(
            "demo:7",
            "生态环境部昨天说，大熊猫的受威胁等级从“濒危”降为“易危”，野外种群数量达到1800多只。好消息，但不等于可以松口气。",
            "熊猫",
            "竹子不够吃",
            datetime(2021, 7, 8, 3, 0, tzinfo=UTC),
            "zh",
        ),
        Post(
            "demo:8",
            "Gente, sarampo não é “doencinha”. Vacina em duas doses protege 97% das pessoas.",
            "saude",
            "enfermeira_ficticia",
            datetime(2019, 8, 20, 15, 0, tzinfo=UTC),
            "pt",
        ),
    )
}
