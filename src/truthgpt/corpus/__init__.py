"""Posts: a platform's exports come in, clean typed posts in one versioned store go out. Imports nothing above it."""
