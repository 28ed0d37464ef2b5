"""How people ask for help to do a thing, in English."""

from __future__ import annotations

import re

from truthgpt.law.grammar import Grammar, anywhere, lines, whole, words

_WHO = "(?:i|we|you|u|one|someone|somebody|anyone|a person|my friend)"
_WANT = "(?:i|we) (?:really |just |also )?" + lines(
    """
    want
    need
    wanna
    wish
    would like
    d like
    am trying
    m trying
    am looking
    m looking
    """
)
_HELP = words(
    "help assistance advice tips instructions guide tutorial recipe recipes steps plan guidance blueprint manual method "
    "walkthrough ideas information info"
)
_WAY = words(
    "way ways method methods step steps technique techniques process procedure recipe ingredients materials tools "
    "chemicals trick tricks tips strategy strategies instructions guide supplies equipment"
)
_GIVE = words(
    "give tell teach show explain describe provide list write walk suggest outline detail share offer send generate "
    "create develop devise brainstorm recommend compile draft prepare design plan determine find "
    "produce compose make name identify build code program script craft invent fabricate type sell conduct "
    "instruct convince persuade propose output print continue complete simulate demonstrate illustrate "
    "crafting writing creating making generating composing drafting producing developing designing providing "
    "elaborate sketch pen formulate provided given rewrite roleplay pretend imagine"
)
_FETCH = words(
    "get find buy download watch see access obtain purchase order have read make write create send"
)
_WRITE = words(
    "write create make craft generate compose draft develop design build produce code program send formulate"
)
_FEW = r"(?: [^ |]+){0,4}?"

ENGLISH = Grammar(
    clause=re.compile(
        r"(?:^|(?<=\| )|"
        + "|".join(
            f"(?<= {word} )"
            for word in ["and", "but", "now", "so", "or", "ok", "then", "also", "just", "okay", "please"]
        )
        + ")"
    ),
    bare=whole(
        "(?:(?:a|the|detailed|full|complete|easy|simple|quick|exact|best) )*"
        + words("instructions recipe recipes guide tutorial steps blueprint manual walkthrough")
    ),
    polite=re.compile(
        "(?:"
        + lines(
            r"""
            (?:now|just|also|hey|hi|hello|ok|okay|so|then|dear|sir|assistant|dan|bro|dude|but|and|first)
            (?:can|could|would|will|must|should) (?:you|u|someone|anyone|anybody|somebody)
            (?:you|u) (?:must|will|should|have to|need to|are going to|can)
            (?:do you know|any idea|do you have any idea)
            (?:step by step|in detail|in great detail|exactly|for me|briefly|hypothetically|theoretically)
            (?:respond|reply|answer)(?: to)?(?: me)?(?: with)?
            """
        )
        + " )+"
    ),
    asking=re.compile(
        "(?:"
        + lines(
            r"""
            (?:please|kindly)
            (?:i|we) (?:want|need|d like|would like|order|command|ask|beg) (?:you|u) to
            (?:let s|let us)
            (?:help|assist)(?: me| us)?(?: to| in| with| out| by)?
            (?:go ahead and|feel free to|be sure to|try to)
            """
        )
        + " )+"
    ),
    how=whole(
        lines(
            rf"""
            how (?:exactly )?to
            how (?:exactly )?(?:do|can|could|would|should|might|may|must|shall) {_WHO}(?: go about| get started| be able to| manage to| start| begin)?
            (?:where|when|who|with what) (?:to|(?:do|can|could|would|should|might) {_WHO})
            wh(?:at|ich) (?:is|are|s|would be|were){_FEW} {_WAY}(?: [^ |]+)? (?:to|for|of|in)
            wh(?:at|ich) (?:is|are|s){_FEW} {_WAY}(?: that)? {_WHO} (?:can|could|should|would|need|have)(?: to)?(?: use)? (?:to|for)
            what (?:do|should|would|can|must) {_WHO} (?:need|do|use|buy|have|say){_FEW} (?:to|for)
            wh(?:at|ich)(?: [^ |]+){{1,4}} (?:do|should|would|can|could) {_WHO} (?:need|use|buy|have|mix)(?: to| for| in)?
            {_WANT}(?: to)? (?:know|learn|understand|find out|figure out|see) (?:exactly )?how (?:to|i can|i could|one can|you can|i would)
            {_WANT}{_FEW} {_HELP}(?: on| in| for| with| to| of| about)?(?: how to)?
            (?:let s|let us)
            (?:is|are) there{_FEW} {_WAY} (?:i can |you can |we can )?(?:to|for|of|on how to)
            (?:got|have you got|do you have|do you know){_FEW} {_WAY} (?:to|for|of|on how to)
            (?:teach|show|tell|help)(?: me| us) (?:how )?to
            (?:teach|show|tell) (?:me|us) how (?:i|we|you|one|someone) (?:can|could|would|might|should)
            """
        )
    ),
    tell=whole(
        lines(
            rf"""
            {_GIVE}
            (?:can|could|may) (?:i|we) (?:get|have|see|buy)
            (?:come up with|think of|looking for|do you have|have you got)
            {_WANT} (?:to )?{_FETCH}
            {_WANT}(?= (?:a|an|some|the|your|detailed|instructions) )
            where (?:to|(?:can|could|do|should) {_WHO}) {_FETCH}
            how (?:to|(?:do|can|could|would|should) {_WHO}) {_WRITE}
            """
        )
    ),
    links=whole(
        words("to for on of in with and or by from me through") + "(?: how to)?|about how to|how i can"
    ),
    shields=whole(
        "about(?! how to)|how(?! to| i can| one can| you can| i could)|"
        + words(
            """
            against prevent preventing prevention avoid avoiding protect protecting protection stop stopping detect detecting
            detection detects report reporting recognise recognising recognize recognizing spot spotting identify identifying
            defend defending defence defense mitigate mitigating block blocking penalty penalties punish punishment
            punishments sentence sentences law laws legal legality illegality history historical news victim victims who
            why whether did was were danger dangers risk risks consequence consequences awareness reason reasons opinion
            opinions debate statistics summary summarise summarize film movie book novel story poem song lyrics joke
            review effects signs symptoms treatment remove removing removal recover recovering survive surviving trial case
            cases policy policies investigate investigating convicted accused arrested banning ban discourage discouraging
            warn warning warnings warns difference differences definition meaning psychology impact causes cause examples
            documentary studies countries companies criminals hackers scammers terrorists attackers police deal dealing
            cope combat combating fight fighting reduce reducing address addressing quit quitting
            """
        )
    ),
    doubts=anywhere(
        words(
            """
            against deny denies denied denying denier deniers denial debunk debunks debunking refute refutes refuting rebut
            rebutting disprove disproving claims claimed believe believes who why false wrong myth counter respond response
            whether people law laws illegal criminal crime
            """
        )
    ),
    intend=whole(
        "(?:i|we) (?:really |just |finally |still )?"
        + lines(
            """
            want
            need
            plan
            intend
            (?:am|m|are|re) (?:going|planning|about|trying|gonna)
            wanna
            gonna
            would like
            d like
            have decided
            decided
            hope
            wish
            """
        )
        + "(?: to)?"
    ),
    ask=anywhere(
        lines(
            rf"""
            how (?:to|(?:do|can|could|would|should) {_WHO})(?: best| ever| actually)? (?:do|get|start|make|begin|go|pull|avoid|cover|hide|proceed)
            (?:help|give|tell|show|teach|walk) me
            explain how
            any (?:tips|advice|ideas|suggestions)
            what (?:should|do|would|can) (?:i|we|you) (?:use|do|need|recommend|suggest|buy|say)
            what (?:s|is|are) the (?:best|easiest|quickest|safest)(?: [^ |]+)? (?:way|method|tool|weapon|place|poison|drug)
            where (?:can|do|should|could) i
            without (?:getting|being) caught
            step by step
            need (?:help|advice|instructions)
            """
        )
    ),
    lead=re.compile(
        "(?:(?:[^ |]{3,}ly|best|then|just|also|even|start|begin|try to|attempt to|go about|to|easily|quickly) )+"
    ),
    joint=re.compile(
        lines(
            r"""
            [^ |]+ (?:or|and|and then|and or)
            (?:use|using|write|make|create|build|code|program|develop) (?:[^ |]+ ){1,4}(?:to|that can|that|which|for)
            (?:use|using) (?:[^ |]+ ){1,3}to
            (?:evade|evading|avoid|avoiding|escape|bypass) (?:[^ |]+ ){1,4}(?:while|when)
            (?:get|hire|pay|find|convince|persuade|trick|force) (?:[^ |]+ ){1,2}to
            (?:get away with|be successful at|succeed at|plan|make a plan to|go about|prepare to|make it look like)
            """
        )
        + " (?:[^ |]{3,}ly )?"
    ),
    quoted=re.compile(
        r".*(?<![^ ])"
        + words(
            "asked asks ask said says wrote writes titled entitled called named googled searched searching translate translates "
            "means phrase headline tweeted posted"
        )
        + r"(?: [^ |]+){0,2}(?: \|)* ?$"
    ),
    fiction=anywhere(
        words(
            "story novel scene screenplay poem song play dialogue fiction fictional character movie film roleplay"
        )
    ),
    exact=anywhere(
        lines(
            """
            (?:detailed|exact|real|accurate|working|precise|full|actual|correct|complete)(?: [^ |]+)? (?:instructions|recipe|steps|formula|procedure|synthesis)
            step by step
            in (?:full|great|exact|technical) detail
            """
        )
    ),
    furtive=anywhere(
        lines(
            """
            without (?:getting|being) (?:caught|traced|detected|noticed|seen)
            without (?:a trace|arousing suspicion|leaving (?:a trace|evidence)|anyone (?:knowing|noticing)|their (?:consent|knowledge|permission))
            without (?:authorization|authorisation|permission|consent|a licen[cs]e|a prescription)
            (?:illegally|unlawfully|undetected|untraceable|untraced|dark web|darknet|black market|get away with it)
            (?:evad|avoid|bypass)(?:e|ing) (?:the )?(?:police|law enforcement|detection|customs|security)
            """
        )
    ),
    how_to="how to",
    stops=words(
        """
        about against aware who that which when where if why because before after during safe safer safely movie film game
        song book novel story documentary poem for stop quit off out leave victim victims survivors lesson class
        course cake costume drawing painting model prop replica toy jokes joke
        essay report article law laws research not never
        """
    ),
    reach=16,
)
