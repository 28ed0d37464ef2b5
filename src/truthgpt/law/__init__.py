"""A prompt and a jurisdiction come in; answer, or refuse under a named statute, goes out. Imports nothing above `truth`, whose encoder it shares."""

from truthgpt.law.decide import decide
from truthgpt.law.packs import jurisdictions
from truthgpt.law.requests import warm
from truthgpt.law.ruling import Ruling

__all__ = ["Ruling", "decide", "jurisdictions", "warm"]
