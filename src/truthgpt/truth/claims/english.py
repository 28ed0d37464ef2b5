"""English verbs, as far as a closed list and their endings tell: which words can be the finite verb of a clause."""

from __future__ import annotations

from functools import lru_cache

from truthgpt.truth.lexicon import words

BE = words("is are was were isn't aren't wasn't weren't 's 're")
HAVE = words("has have had 've")
MODALS = words("will would can could may might must shall should cannot 'll wo ca sha")
AUXILIARIES = BE | HAVE | MODALS | words("does do did 'd")
PAST_ONLY = words(
    "went took gave saw wrote became began came ran fell knew grew flew drove broke chose spoke stole wore swore ate"
    " drank sang sank swam rose shook threw drew blew woke forgot hid bit rode froze tore overtook withdrew mistook"
    " undertook arose outgrew forbade"
)
"""Irregular pasts that are no participle."""
PAST_OR_PARTICIPLE = words(
    "said made told found left held kept won lost sold bought built sent spent met paid led felt thought brought caught"
    " taught fought sought stood understood heard got sat shot struck cut hit put set let shut cost hurt beat read dealt"
    " meant slept swept bent lent fed fled hung laid lit slid spun stuck swung wept bound bred burnt dug rebuilt"
    " resold upheld withheld overheard split spread quit bet burst cast"
)
PARTICIPLES = words(
    "taken given seen written known driven broken chosen spoken stolen worn eaten drunk sung sunk begun thrown drawn blown"
    " forgotten hidden bitten frozen torn shown proven grown flown done gone fallen shaken overtaken withdrawn forbidden"
)
"""Irregular participles that are no past."""
_BASES = (
    "accept accuse add admit agree allow announce appear apply approve argue arrest arrive ask attack attend award ban"
    " become begin believe belong block break bring build burn buy call cancel carry cause change charge choose claim"
    " clean close collect come complain confirm contain continue cost cover create cut deal decide declare deliver demand"
    " deny describe design destroy develop die discover drive drop earn eat elect employ end enter exist expand expect"
    " explain export fail fall feel fight fill find finish fire fix fly follow force forget gain get give go grow"
    " happen have hear help hide hire hit hold host hurt import improve include increase injure insist introduce invest"
    " invite join keep kill know last launch lead learn leave lend let lie like live lose love lower make manage meet"
    " merge miss move need offer open operate order organise organize own pass pay perform permit plan play predict"
    " prepare prevent produce promise propose prove provide publish pull push put quit raise reach read receive record"
    " recover reduce refuse reject release remain remember remove rename repair replace report represent require rescue"
    " resign retire return reveal rise run save say score see seem sell send serve set show shut sign sing sit sleep"
    " speak spend stand start state stay steal stop study suffer suggest support survive suspend take teach tell test"
    " think threaten throw train travel try turn understand use visit vote wait walk want warn watch weigh win work"
    " write"
)
BASES = words(_BASES)
_NOUNS_AS_WELL = words(
    "attacks bans blocks breaks burns calls causes changes charges claims costs covers cuts deals demands designs drives"
    " drops ends exports falls feels fights fills finds fires flies gains helps hits holds hosts imports increases lasts"
    " leads lies likes lives loves lowers moves needs offers orders passes plans plays promises pulls raises reads"
    " records releases repairs reports returns rises runs saves scores sees sets shows shuts signs sits sleeps stands"
    " starts states stays stops studies supports takes tests thinks throws trains travels tries turns uses visits votes"
    " waits walks wants watches weighs wins works"
)
_NOT_ED = words(
    "bed red need speed feed seed hundred indeed united shed bleed breed exceed proceed succeed naked sacred wicked"
    " hatred kindred embed weed deed reed greed creed shred sled wed med led fed ted ned fred ed alfred mohammed ahmed"
    " armed so-called used"
)
INTENDING = words(
    "refused agreed decided wanted tried failed began started continued managed promised offered threatened planned hoped"
    " had needed used chose voted"
)
"""Pasts that an infinitive follows."""
_ADJECTIVES = ("unm", "unp", "unl", "unw", "unt", "und", "uns", "unc", "una", "unr", "une", "uni", "unf")
"""Beginnings of adjectives in "-ed" ("unprepared")."""
SAY = words(
    "said says say told claims claimed announced confirmed argued argues warned warns stated states reported reports"
    " insisted insists explained explains added adds admitted admits ruled found showed shows suggests suggested believes"
    " believed thinks thought estimated estimates estimate predicts predicted revealed decided hopes hoped"
)
"""Verbs that a clause may follow: what stands in it is theirs, not the author's."""
INTRANSITIVE = words(
    "resigned died moved returned arrived lived stayed remained retired worked happened occurred collapsed disappeared"
    " fled went came fell rose ran flew grew increased declined dropped rained talked cried escaped crashed exploded"
)
_FROM_ING = {
    "killing": "killed", "injuring": "injured", "leaving": "left", "destroying": "destroyed", "damaging": "damaged",
    "forcing": "forced", "ending": "ended", "beating": "beat", "raising": "raised", "losing": "lost",
    "winning": "won", "taking": "took", "becoming": "became", "scoring": "scored", "blocking": "blocked",
    "closing": "closed", "breaking": "broke", "saying": "said", "wounding": "wounded", "hitting": "hit",
    "reaching": "reached", "replacing": "replaced", "joining": "joined", "setting": "set", "cutting": "cut",
    "flooding": "flooded", "burning": "burned", "sinking": "sank", "blaming": "blamed", "earning": "earned",
    "bringing": "brought", "selling": "sold", "buying": "bought", "trapping": "trapped", "defeating": "defeated",
    "costing": "cost", "affecting": "affected", "arguing": "argued", "claiming": "claimed", "adding": "added",
}  # fmt: skip


def _third(base: str) -> str:
    if base in ("have", "go"):
        return "has" if base == "have" else "goes"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "sh", "ch", "x", "z")) else "s")


THIRD = frozenset(_third(base) for base in BASES)
THIRD_SURE = THIRD - _NOUNS_AS_WELL


@lru_cache(maxsize=65_536)
def form(key: str) -> str:
    """How `key` can be a finite verb: "aux", "past", "participle" (past or participle), "third", "base",
    "done" (a participle that is no past) or ""."""
    if key in AUXILIARIES:
        return "aux"
    if key in PAST_ONLY:
        return "past"
    if key in PAST_OR_PARTICIPLE:
        return "participle"
    if key in PARTICIPLES:
        return "done"
    if key in THIRD:
        return "third"
    if (
        key.endswith("ed")
        and len(key) > 3
        and key not in _NOT_ED
        and key.isalpha()
        and not key.startswith(_ADJECTIVES)
    ):
        return "participle"
    return "base" if key in BASES else ""


def past_of(participle: str) -> str:
    """The past that belongs to a present participle ("killing" → "killed"), "" where it is not known."""
    return _FROM_ING.get(participle, "")
