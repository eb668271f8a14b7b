"""report.html: what a run came to, for people to look at."""
