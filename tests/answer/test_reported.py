"""What a post passes on of others is no quotation of it, and what a draft only echoes is no answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truthgpt.answer import question
from truthgpt.answer.asserting import announces, asserts, supposes
from truthgpt.answer.disowned import is_disowned
from truthgpt.answer.echo import echoes, unframed
from truthgpt.answer.reported import is_reported, reported

LETTER = """My senator answered at last

Dear Mr. Jones,

Thank you for contacting me about the harbour. I have always opposed the new pier, and I will vote against it in June.

Sincerely,
Ann Field

I think that she will change her mind."""
QUOTED = """Somebody wrote this in another thread:

> The harbour was closed because of the whales, everyone knows that.

That is nonsense, the harbour was closed because of the storm."""
MARKED = 'My uncle says "the bridge was closed because they found gold under it" whenever we pass. It was closed for rust.'
NESTED = 'Help me reply to this.\n\n"It is only a "theory" that the bridge is rusty. Nobody has seen any rust on it."\n\nThe rust is plain to see.'
ARGUED = """My friend compared this to bridges. In many places a bridge is a wall, often for good reason. The river was here first. \
I think that a bridge is a bridge.

A ferry would do as well."""
TALK = """We talked for an hour.

**Her**: every bridge should be painted red.

**Me**: red bridges rust like all others."""
FALSE = "People say that a bridge of stone never falls... FALSE. Stone bridges fall when their feet are washed away."
LISTED = """What they said of the bridge:

* > Just paint it. Rust never comes back.

> It was never painted.

> Nobody painted it in my time.

It has been painted twice."""
WRONG = """Somebody says something like "the mayor sold the bridge to his brother in the spring."

Now, this is erroneous for many reasons. The town still owns it."""
CONVERSATION = """I was stopped on the bridge.

Guard: The bridge is closed to bicycles. It was always closed to them.

Me: Nobody told me.

It took me an hour to get home."""
LED = """My uncle came with his arguments:

1. A bridge of stone never rusts.
2. The ferry is dearer than the bridge.

The ferry costs a coin."""
NOT_SAID = """What I am **not** saying:

The mayor took the money. The engineers were bribed.

The books were kept badly."""
DEMANDED = """The harbour's friends are calling on the council to act:

* Close the pier to cars by June.

I never drive there."""
ITALIC = """They wrote about a tour.

*The boat trip will be a journey along the pier. We pass the old crane, the tallest of its kind in all of the country, and stop at the hotel. \
Lunch is served on deck.*

I *really* want to go."""
MADE = """We talked of boats. This was the statement he made.

Closing the pier means that boats will lie in the river, which makes it dearer.

I find this full of holes."""
OWN_LED = """Here are my arguments:

1. A bridge of stone never rusts."""
PASTED = """The harbour needs you

Copy pasting a text from their page: The crane fell into the water on Monday. Nobody was hurt."""
RECEIVED = """Just got this e-mail from the harbour

The pier will be closed from June. Boats have to be moved by then."""
JEST = "[sarcasm] Bridges are deadlier than ferries\n\nEvery second bridge falls within a year."
IRONY = "Sure, bridges never rust. /s They do."
INVENTED = "Help\n\nI had an idea for a book about a town without water. Every bridge was sold for its iron in a year."
CHANGED = "Bridges ought to be toll free.\n\nThey were paid for long ago.\n\nEDIT: my view has been changed, thank you all."
MISTAKEN = "I held that the pier was older than the bridge. I was wrong. The bridge is older."
ASIDE = 'He asked whether "steel that is left in the rain rusts within a year" etc. I said no.'
CHINESE = "他转发：「市政府宣布地铁票价从三元涨到四元，市民普遍表示无法接受这样的涨幅并要求公开听证。」我觉得没那么严重。"
CHINESE_STRAIGHT = CHINESE.replace("「", '"').replace("」", '"')
CHINESE_NAMED = '"大桥明天拆掉"这个说法是假的，所谓"内部朋友"也没人说得出姓名，我去公告栏看过了。'
NAMED = "A line that I like\n\nThe sea gives nothing back that it was not asked for by name.\n—Maria of the Harbour\n\nThat is how I feel about fishing here."


@pytest.mark.parametrize(
    ("post", "sentence", "theirs"),
    [
        (LETTER, "I have always opposed the new pier, and I will vote against it in June.", True),
        (LETTER, "I think that she will change her mind.", False),
        (QUOTED, "> The harbour was closed because of the whales, everyone knows that.", True),
        (QUOTED, "That is nonsense, the harbour was closed because of the storm.", False),
        (MARKED, '"the bridge was closed because they found gold under it"', True),
        (MARKED, 'My uncle says "the bridge was closed because they found gold under it" whenever we pass.', False),
        (MARKED, "It was closed for rust.", False),
        (NESTED, "Nobody has seen any rust on it.", True),
        (NESTED, "The rust is plain to see.", False),
        (ARGUED, "In many places a bridge is a wall, often for good reason.", True),
        (ARGUED, "The river was here first.", True),
        (ARGUED, "I think that a bridge is a bridge.", False),
        (ARGUED, "A ferry would do as well.", False),
        (TALK, "every bridge should be painted red.", True),
        (TALK, "red bridges rust like all others.", False),
        (LISTED, "* > Just paint it. Rust never comes back.", True),
        (LISTED, "> It was never painted.\n\n> Nobody painted it in my time.", True),
        (LISTED, "It has been painted twice.", False),
        (NAMED, "The sea gives nothing back that it was not asked for by name.", True),
        (NAMED, "That is how I feel about fishing here.", False),
        (CONVERSATION, "It was always closed to them.", True),
        (CONVERSATION, "Me: Nobody told me.", False),
        (CONVERSATION, "It took me an hour to get home.", False),
        (LED, "2. The ferry is dearer than the bridge.", True),
        (LED, "The ferry costs a coin.", False),
        (NOT_SAID, "The engineers were bribed.", True),
        (NOT_SAID, "The books were kept badly.", False),
        (DEMANDED, "* Close the pier to cars by June.", True),
        (DEMANDED, "I never drive there.", False),
        (ITALIC, "Lunch is served on deck.", True),
        (ITALIC, "I *really* want to go.", False),
        (MADE, "Closing the pier means that boats will lie in the river, which makes it dearer.", True),
        (MADE, "I find this full of holes.", False),
        ("I would argue the following:\n\nThe pier is safe.", "The pier is safe.", False),
        ("To file a claim:\n\n1. Fill in the form.", "1. Fill in the form.", False),
        ("Our insurance claims desk works like this:\n\n- You ring twice.", "- You ring twice.", False),
        ("Call for help if you see any of these:\n\n- The rope is torn.", "- The rope is torn.", False),
        ("专家声称：\n\n大桥没有生锈。\n\n我去看过，全是锈。", "大桥没有生锈。", True),
        ("专家声称：\n\n大桥没有生锈。\n\n我去看过，全是锈。", "我去看过，全是锈。", False),
        ("Here is the text https://example.org/a of the law. I have walked it.", "I have walked it.", False),
        ("*Update: I walked over the new bridge on Monday, and it is as wide as they said, with room for carts, dogs and two boats "
         "on a trailer, which is more than the old one had.*\n\nIt is open.", "It is open.", False),
        (OWN_LED, "1. A bridge of stone never rusts.", False),
        (PASTED, "Nobody was hurt.", True),
        (RECEIVED, "Boats have to be moved by then.", True),
        (ASIDE, '"steel that is left in the rain rusts within a year" etc.', True),
        (CHINESE, "市民普遍表示无法接受这样的涨幅", True),
        (CHINESE, "我觉得没那么严重。", False),
        (CHINESE_STRAIGHT, "市民普遍表示无法接受这样的涨幅", True),
        (CHINESE_NAMED, "也没人说得出姓名，我去公告栏看过了。", False),
        ('The so-called "rust" is paint, and the 6" pipe is fine. It leaks at the 8" joint alone.', "It leaks at the 8\" joint alone.", False),
        ("Dear diary, thank you for nothing. The bridge is still closed and nobody says why.", "The bridge is still closed and nobody says why.", False),
    ],
)  # fmt: skip
def test_somebody_elses_words_are_told_from_the_authors(post: str, sentence: str, theirs: bool) -> None:
    start = post.index(sentence)
    assert is_reported(post, start, start + len(sentence)) is theirs


@pytest.mark.parametrize(
    ("post", "sentence", "disowned"),
    [
        (FALSE, "People say that a bridge of stone never falls...", True),
        (FALSE, "Stone bridges fall when their feet are washed away.", False),
        (
            WRONG,
            'Somebody says something like "the mayor sold the bridge to his brother in the spring."',
            True,
        ),
        (WRONG, "The town still owns it.", False),
        (JEST, "Every second bridge falls within a year.", True),
        (IRONY, "Sure, bridges never rust.", True),
        (IRONY, "They do.", False),
        (INVENTED, "Every bridge was sold for its iron in a year.", True),
        (CHANGED, "They were paid for long ago.", True),
        (MISTAKEN, "I held that the pier was older than the bridge.", True),
        (MISTAKEN, "The bridge is older.", False),
    ],
)
def test_what_its_author_does_not_hold_is_told(post: str, sentence: str, disowned: bool) -> None:
    start = post.index(sentence)
    assert is_disowned(post, start, start + len(sentence)) is disowned


PIECES = (
    '"',
    "'A",
    "“",
    "> ",
    "A-",
    "thank you for ",
    "«",
    "He claims:",
    "Me: ",
    "Cook: ",
    "\n",
    "- a",
    "1. ",
    "I got this email",
    "*",
    "regards",
)


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_spans_stay_within_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert all(0 <= start < end <= len(text) for start, end in reported(text))


@pytest.mark.parametrize("begun", ["", "Thank you for contacting us."])
@pytest.mark.parametrize(
    "piece",
    ['"', "'A", "“", '" ', "> ", "A-", "thank you for ", "«", "claims ", "a: ", "me: ", "got this ", "\n", " \n", "- claims:\n", "*a ", "regards "],
)  # fmt: skip
@pytest.mark.timeout(30)  # a bound for what grows with the square, not on how fast it is
def test_no_post_takes_long_to_read(begun: str, piece: str) -> None:
    assert reported(begun + piece * 20_000 + "x") is not None


@pytest.mark.parametrize(
    ("asked", "drafted", "echo"),
    [
        ("Does God exist?", "Yes, God exists.", True),
        ("Is global warming a hoax?", "Yes, global warming is indeed a hoax.", True),
        ("Should drugs be legal?", "No, drugs should not be legalized.", True),
        ("How do vaccines cause autism?", "The vaccine causes autism.", True),
        ("Do video games cause violence?", 'The answer to the question "Do video games cause violence?" is "No, video games do not cause violence."', True),
        ("A vacina causa autismo?", "Sim, a vacina causa autismo.", True),
        ("地铁票价涨了吗？", "是的，地铁票价涨了。", True),
        ("Has the bridge reopened?", "Yes, the bridge reopened in June.", False),
        ("Does the ferry run at night?", "No, the last ferry leaves at 22:40.", False),
        ("When did Voyager 1 leave?", "Voyager 1 left in 1977.", False),
        ("Why is the sky blue?", "Air scatters blue light more than red.", False),
        ("地铁票价是多少？", "地铁票价从三元涨到四元。", False),
    ],
)  # fmt: skip
def test_what_says_no_more_than_the_question_is_told(asked: str, drafted: str, echo: bool) -> None:
    assert (
        echoes(
            drafted,
            question.read(asked, "zh" if asked[0] > "\u3400" else "pt" if "vacina" in asked else "en"),
        )
        is echo
    )


def test_a_question_behind_a_statement_asserts_nothing() -> None:
    assert not asserts(
        "Most of the old ferries have two engines, so will the new one be faster (yes, I know of the tide).",
        "en",
    )
    assert asserts("The pier is closed, so the ferry leaves from the harbour.", "en")
    assert asserts("The bridge is rusty, so is the pier.", "en")


@pytest.mark.parametrize(
    "sentence",
    [
        "True or false: a bridge of stone outlives one of steel.",
        "(For example the bridge over the river in June.)",
        "4. To open the gate of the lock you can use the `_____` lever.",
        "Help stopping my old boat from leaking when it rains",
        "If ferries were free.",
        "Just interested if any town has tried to ban boats from its harbour",
        "TL;DR: I have a boat and a pier. Should I be worried about rust.",
        'Is "every bridge falls" in some ways a way of saying "do not cross it"',
    ],
)
def test_what_is_put_to_others_asserts_nothing(sentence: str) -> None:
    assert not asserts(sentence, "en")


def test_a_frame_around_an_answer_goes() -> None:
    assert unframed("The answer to this question is: it reopened in June.") == "It reopened in June."
    assert unframed("The answer is that nobody knows.") == "Nobody knows."
    assert unframed("The answer was found in June.") == "The answer was found in June."


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Logic would dictate that the longer you sleep the better you would feel.", True),
        ("You would think that a bridge of steel never rusts.", True),
        ("You would think that steel never rusts, but it does in salt air.", False),
        ("Logic is a branch of philosophy.", False),
        ("Lets say I buy the boat in June, that means I pay for a year.", True),
        ("Suponhamos que a ponte fecha em junho.", True),
        ("假设大桥六月关闭。", True),
        ("假如下雨，大桥就会关闭。", False),
        ("Assuming you have a drill, it takes ten minutes.", False),
        ("I would let him say what the bridge cost.", False),
    ],
)
def test_what_one_would_think_is_no_statement(sentence: str, told: bool) -> None:
    assert supposes(sentence) is told


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("I've written it up, so check out [The Simplest Way](http://example.org/a) to begin.", True),
        ("Saw this on the harbour board, thought you'd like it.", True),
        ("Found this in the attic and thought it might belong here.", True),
        ("I found it in the settings under Privacy.", False),
        ("I saw this bridge fall in the storm of 1999.", False),
        ("I thought it would be dear to moor here, but it costs a coin.", False),
        ("If you want to read more about tides, there is a chapter in my book.", True),
        ("Check the oil, then check out whether the belt is worn.", False),
    ],
)
def test_an_invitation_to_read_is_no_answer(sentence: str, told: bool) -> None:
    assert announces(sentence) is told
