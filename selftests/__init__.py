"""Tests of the tool itself; they need no target."""
