"""golive: a production deployment checklist as literal pytest tests, and one truthful decision."""

__version__ = "0.1.0"
