"""Pictures: pages, charts, stick figures and their animations."""
