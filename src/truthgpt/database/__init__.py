"""What must outlast a crash and is no post: an address comes in, an open database with its tables goes out.

`opening` opens SQLite (a file) or PostgreSQL, `schema` brings the tables up to date by the `migrations`, `transactions`
read and write whole or not at all. It imports `errors` alone; what stands in the tables is the business of the packages above.
"""

from truthgpt.database.failures import UnavailableError
from truthgpt.database.opening import open_database
from truthgpt.database.transactions import reading, scrub, writing

__all__ = ["UnavailableError", "open_database", "reading", "scrub", "writing"]
