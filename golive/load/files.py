"""The folder of a load: what the driver and the generator tell each other through."""

from __future__ import annotations

FOLDER = "GOLIVE_LOAD_FOLDER"
"""Environment variable that names the folder to the generator."""
TOKENS = "GOLIVE_LOAD_TOKENS"
"""Environment variable that names the file of tokens where it is not the folder's own."""
PLAN_FILE = "plan.json"
TOKENS_FILE = "tokens.json"
"""JSON object of persona and bearer token, mode 0600; replaced before the tokens run out, removed at the end."""
PROGRESS_FILE = "progress.jsonl"
"""One line a second with the running figures."""
RESULT_FILE = "result.json"
"""The result until now; written every few seconds, and at the end."""
LOG_FILE = "locust.log"
