"""Where the buckets of histograms end, in seconds."""

from typing import Final

# Deciding takes 5 to 50 µs; what is above a millisecond is a fault worth seeing. Few, since each lane has them all.
DECISION_BUCKETS: Final = (1e-5, 2e-5, 5e-5, 1e-4, 5e-4, 2.5e-3, 5e-2, 1.0)
RENDER_BUCKETS: Final = (2.5e-4, 5e-4, 1e-3, 2.5e-3, 1e-2, 5e-2, 0.25, 1.0)
REQUEST_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)
