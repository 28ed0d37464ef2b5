"""Posts: a platform's exports come in, clean typed posts in one versioned store go out. Imports nothing above it."""

import os

# Lance writes warnings about its indexes to standard error, where only one line of ours may stand. Read when its
# library is loaded, so set before any module below this one can.
os.environ.setdefault("LANCE_LOG", "error")
