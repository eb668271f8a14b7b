"""Parts of a report: each draws some of the findings, where there are any."""
