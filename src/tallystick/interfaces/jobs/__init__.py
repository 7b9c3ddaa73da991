"""Work that runs by itself: each job is one use-case call, and safe to run twice."""
