"""The nouns that tests share."""

pytest_plugins = ("golive.fixtures",)
