"""What happened comes in; a serious incident's report with its deadlines goes out, kept for years.

The form is that of the Code of Practice for General-Purpose AI Models (European Commission, July 2025), chapter Safety and Security,
Commitment 9: nine fields (Measure 9.2), a first report within 2, 5, 10 or 15 days by the kind of harm, updates every four weeks, a final report
60 days after the end (9.3), kept for five years (9.4). Nothing here sends anything to anybody: whoever reports says when they did.

A history is only added to: what was said stays, with who said it and when. Nothing deletes a report.
"""

from truthgpt.oversight.incidents.deadlines import Deadline, deadlines, kept_until
from truthgpt.oversight.incidents.report import FIELDS, KINDS, Entry, Incident, Opening, opening
from truthgpt.oversight.incidents.store import Incidents

__all__ = [
    "FIELDS",
    "KINDS",
    "Deadline",
    "Entry",
    "Incident",
    "Incidents",
    "Opening",
    "deadlines",
    "kept_until",
    "opening",
]
