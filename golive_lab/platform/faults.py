"""How a world makes the platform misbehave: ``faults.json``, ``{service: [fault, ...]}``, read anew when it changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_EVERY_SERVICE = {
    "reports_down": "health answers 200 and says that the service is down",
    "old_version": "health and version header name the previous release",
    "slow_health": "health answers after 10 s",
    "health_500": "health answers 500",
    "climbs": "memory grows by 8 MiB a second",
    "hoards": "memory is at once as large as its limit",
    "burns_cpu": "two threads do nothing but calculate",
}

FAULTS: Mapping[str, Mapping[str, str]] = {
    "gateway": {
        **_EVERY_SERVICE,
        "accepts_tampered": "no signature is checked",
        "accepts_alg_none": "a token that says it needs no signature is taken",
        "accepts_foreign_key": "a token signed with a key that the realm never published is taken",
        "accepts_expired": "expired tokens are taken",
        "accepts_wrong_audience": "tokens for another audience are taken",
        "refuses_all_tokens": "401 for everybody",
        "takes_tokens_once": "a token that was shown before is refused",
        "open_without_token": "no token is asked for",
        "fails_with_500": "every route but health answers 500",
        "unknown_is_200": "unknown routes answer 200",
        "old_release_header": "the version header alone names the previous release",
        "nameless_refusals": "401 comes without the version header, as from something in front",
        "refuses_everybody": "nobody has any entitlement",
        "refuses_with_404": "who lacks an entitlement is told 404",
        "refuses_with_401": "who lacks an entitlement is told 401",
        "refuses_like_a_wall": "who lacks an entitlement is told 403 in other words, as a firewall would",
        "prices_in_refusal": "the refusal itself has prices in it",
        "prices_in_refusal_header": "a header of the refusal has prices in it",
        "opens_known_jobs": "a job that is there asks for no entitlement",
        "lacks_job_routes": "a job's own route is not there",
        "puts_off": "each fifth request is answered 429",
        "forgets_one_route": "the list of curves asks for no entitlement",
        "forgets_unsafe_methods": "POST and DELETE ask for no entitlement",
        "trailing_slash_open": "a path with a slash at its end needs no entitlement",
        "doubled_slash_open": "a path with a doubled slash needs no entitlement",
        "upper_case_open": "a path in upper case needs no entitlement",
        "encoded_open": "a path with an encoded letter needs no entitlement",
        "trusts_original_url": "X-Original-URL decides which rule holds",
        "follows_original_url": "X-Original-URL decides which route is meant, past the rules",
        "stream_open_to_all": "the streams ask for no entitlement",
        "stream_silent": "subscribers get no event",
        "stream_replays": "subscribers get old events before new ones",
        "stream_skips": "each fifth event is left out",
        "stream_repeats": "each fifth event comes twice",
        "stream_swaps": "each fourth event changes places with the next of its partition",
        "stream_forgets_position": "who resumes gets only what is new",
        "stream_wrong_price": "events have other prices than their records",
        "slow_now_and_then": "each sixth request of a route waits for 0.8 s",
        "slow_for_six_percent": "each sixteenth request of a route waits for 0.8 s",
        "stalls": "for 2 s in every 6 s no request gets on",
        "fails_now_and_then": "each sixth request of a route is answered 500 at once",
        "fails_for_six_percent": "each sixteenth request of a route is answered 500 at once",
        "sheds_load_as_200": "each sixth request of a route is answered 200 at once, with nothing in it",
        "stream_lags": "subscribers get each event 6 s after it was made",
        "stream_loses_six_percent": "each sixteenth event is left out",
        "synthetic_lags": "subscribers get each event of the synthetic market 6 s after it was made",
        "synthetic_skips": "each fifth event of the synthetic market is left out",
        "stream_ends": "each connection is closed after 5 s",
        "drops_request_id": "services behind the gateway are not told the request's id",
        "document_lacks_an_operation": "the OpenAPI document leaves out the list of curves",
        "document_has_no_such_operation": "the OpenAPI document has an operation that nobody serves",
        "document_is_invalid": "an operation of the OpenAPI document has no responses",
        "document_is_old": "the OpenAPI document is that of the release before",
        "document_is_missing": "there is no OpenAPI document",
        "serves_undocumented": "scenarios can be replaced by PUT, which no document says",
        "knows_every_route": "401 without a token, whether or not there is such a route",
        "hub_blank": "the hub's page is empty",
        "hub_asset_missing": "the hub's style sheet is not there",
        "hub_script_error": "the hub's script ends with an error",
        "hub_login_broken": "the hub logs in as a client that the realm does not know",
        "hub_login_loop": "the hub's session is never accepted",
        "hub_without_data": "the hub's data is empty",
        "hub_shows_placeholders": "the hub's page has words in place of prices, and an axis in place of a curve",
        "hub_ticker_ages": "the hub's ticker shows its first price for ever, with a time that goes on",
        "hub_identity_renamed": "the hub's page shows the customer's name in another place than before",
    },
    "prices": {
        **_EVERY_SERVICE,
        "fails_with_500": "every route but health answers 500",
        "cache_is_broken": "now and then what it keeps of earlier answers cannot be read",
        "serves_old_latest": "latest prices are those of 20 s ago",
        "serves_future_latest": "latest prices are made five hours from now",
        "wrong_price": "the first of the latest prices is a cent too high",
        "schema_drift": "latest prices are text",
        "repeats_last_page": "the last page says that it follows itself",
        "loses_a_page": "the next page begins too late",
        "latest_interval_early": "latest prices are said to hold for the five minutes before theirs",
        "latest_repeats_a_node": "the first of the latest prices comes twice",
        "hour_ending_early": "hours of the history are numbered one too low",
        "ignores_page_size": "everything is one page",
        "curve_stale": "curves are those of the day before",
        "curve_misses_month": "curves lack their sixth month",
        "curve_unsorted": "two months of the curves have changed places",
        "curve_wrong_price": "a month of the curves is off by a thousandth",
    },
    "jobs": {
        **_EVERY_SERVICE,
        "export_stuck": "jobs are never taken up",
        "export_truncated": "half of the file is written",
        "export_short_by_a_row": "the last row is not written",
        "export_misses_column": "a column is not written",
        "export_wrong_price": "one price in the file is a cent too high",
        "scenario_stuck": "jobs are never taken up",
        "scenario_wrong": "the shock is a tenth of a percent too large",
        "scenario_repeats_month": "the first month comes twice",
        "accepts_bad_scenarios": "what makes no sense is run all the same",
        "refuses_by_echo": "a refusal repeats the request, and says nothing of what is wrong with it",
    },
    "instruments": {**_EVERY_SERVICE},
    "feeder": {
        **_EVERY_SERVICE,
        "stops_producing": "nothing is produced any more",
        "feeds_fail_more_often": "the operators' feeds fail twice as often as usual",
    },
    "ingest": {
        **_EVERY_SERVICE,
        "stops_consuming": "nothing is read any more, and the lag grows",
        "stops_committing": "records are stored and no offset is committed",
        "neglects_a_partition": "offsets are committed for the first partition of each topic only",
    },
}
"""Every fault that each service knows, and what it then does."""


class Faults:
    """The faults that one service has now; ``name in faults`` costs one ``stat``."""

    def __init__(self, file: Path, service: str) -> None:
        self._file, self._service = file, service
        self._read_at = -1
        self._names: frozenset[str] = frozenset()
        self._of_round: frozenset[str] | None = None

    def begin_round(self) -> None:
        """Said by a loop before each round: what was begun under other faults is over."""
        self._refresh()
        self._of_round = self._names

    @property
    def in_force(self) -> frozenset[str]:
        """The faults that hold for all that the service does now: since its latest round began, where it has rounds."""
        if self._of_round is not None:
            return self._of_round
        self._refresh()
        return self._names

    def __contains__(self, name: str) -> bool:
        if name not in FAULTS[self._service]:
            return False
        self._refresh()
        return name in self._names

    def _refresh(self) -> None:
        try:
            changed = self._file.stat().st_mtime_ns
            if changed == self._read_at:
                return
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return  # absent, or being written: what was read last holds
        self._read_at = changed
        self._names = frozenset(content.get(self._service, ()))
