"""Posts: a platform's exports come in, clean typed posts in one versioned store go out. Imports nothing above it."""

import os

# Read when Lance's library is loaded, so set before any module below this one can: no warnings about indexes on
# standard error, where only one line of ours may stand; all cores for computing, where Lance keeps two of them back.
os.environ.setdefault("LANCEDB_LOG", "error")
os.environ.setdefault("LANCE_CPU_THREADS", str(os.cpu_count() or 1))
# The same for Daft: it reports nothing to anybody, and draws no progress bars of its own.
os.environ.setdefault("DAFT_ANALYTICS_ENABLED", "0")
os.environ.setdefault("DAFT_PROGRESS_BAR", "0")
# What a scan may read ahead, for each scan. By itself it is 2 GB: the more posts, the more memory, and no scan is faster for it.
os.environ.setdefault("LANCE_DEFAULT_IO_BUFFER_SIZE", str(64 << 20))
