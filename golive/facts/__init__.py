"""Nouns with facts: what was seen, as small frozen values. No assertions, no judgement."""
