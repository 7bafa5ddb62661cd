"""From samples to what is said of a service: limits, resets, pods that come and go, and what was not sampled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from golive.errors import TooLittleData
from golive.facts.pod_use import Rate, busiest
from golive.facts.pod_verdict import MIB
from golive.facts.resource_watch import query_of
from golive.facts.resources import Resources, ServiceUse
from golive.load.window import Window
from golive.target.load import read
from golive.target.metrics import Leak
from golive.target.model import Target
from selftests.unit.answering import LAB, target

BEGAN, SECONDS, GAP = 1000.0, 60.0, 3.0
Curve = Callable[[float], float | None]
"""A value at so many seconds into the window; None where nothing is sampled."""
WELL: Mapping[str, Curve] = {
    "cpu": lambda t: 100 + 0.1 * t,
    "cpu_limit": lambda _: 1.0,
    "memory": lambda t: 100 * MIB + t % 5,
    "memory_limit": lambda _: 200.0 * MIB,
    "periods": lambda t: 50 + 10 * (t + GAP),
    "throttled": lambda _: 7.0,
    "restarts": lambda _: 5.0,
    "oom_kills": lambda _: 1.0,
    "running": lambda _: 1.0,
}


def only(when: Callable[[float], bool], curves: Mapping[str, Curve] = WELL) -> dict[str, Curve]:
    """The same curves, sampled at those times alone."""

    def part(curve: Curve) -> Curve:
        return lambda t: curve(t) if when(t) else None

    return {figure: part(curve) for figure, curve in curves.items()}


def sampled(curves: Mapping[str, Curve], pod: str = "gateway-0") -> dict[str, list[dict[str, Any]]]:
    """Every half second, from a gap before the window to its end."""
    times = [-GAP + step / 2 for step in range(round(2 * (SECONDS + GAP)) + 1)]
    series = {
        figure: [(BEGAN + t, value) for t in times if (value := curve(t)) is not None]
        for figure, curve in curves.items()
    }
    return {figure: [{"pod": pod, "samples": samples}] if samples else [] for figure, samples in series.items()}


def lab(leak_seconds: float = 3600) -> Target:
    found = target()
    assert found.resources
    leak = Leak(bytes_per_hour=100 * MIB, seconds=leak_seconds)
    return found.model_copy(update={"resources": found.resources.model_copy(update={"leak": leak})})


def seen(
    services: Mapping[str, Any], about: Target | None = None, **more: Any
) -> tuple[Resources, dict[str, ServiceUse]]:
    about = about or lab()
    every = {name: sampled(WELL) for name in about.services} | dict(services)
    found = {"began": BEGAN, "ended": BEGAN + SECONDS, "ahead": 0.0, "services": every, "warnings": {}, "down": []}
    resources = Resources(about, Window(1.0, 61.0, {"resources": found | more}))
    return resources, {use.service: use for use in resources.use}


def gateway(leak_seconds: float = 3600, **curves: Curve) -> tuple[Resources, ServiceUse]:
    resources, use = seen({"gateway": sampled({**WELL, **curves})}, lab(leak_seconds))
    return resources, use["gateway"]


def test_containers_are_looked_for_in_the_clusters_own_namespace() -> None:
    elsewhere = read(LAB).with_overlay({"cluster": {"application_namespace": "desk"}})
    asked = query_of(elsewhere, "jobs", "cpu_seconds{{selector}}[{window}]", "5000ms")
    assert asked == 'cpu_seconds{namespace="desk", container="jobs"}[5000ms]'


def test_services_within_their_limits_have_nothing_to_say() -> None:
    resources, use = seen({})
    resources.confirm_seen(use.values())
    assert {name: (each.beyond, each.lacking) for name, each in use.items()} == dict.fromkeys(
        resources.expected, ((), ())
    )
    one = use["gateway"]
    assert (one.cpu_share, one.memory_share, one.throttled_share) == (0.1, 0.5, 0.0)
    assert (one.restarts, one.oom_kills, len(one.seconds)) == (0, 0, 60)
    assert None not in (*one.cpu, *one.memory_mib)
    assert resources.scraping.leak == "not decided: 60 s were seen, a leak is decided over 3600 s"


@pytest.mark.parametrize(
    ("curves", "says"),
    [
        ({"cpu": lambda t: 0.81 * (t + GAP)}, "used 0.81 of 1 cores over the busiest 10 s, 80% allowed"),
        ({"cpu": lambda t: 0.9 * min(t, 10) if t > 0 else 0}, "used 0.90 of 1 cores"),
        ({"memory": lambda t: (181 if t == 30 else 100) * MIB}, "held 181 of 200 MiB, 90% allowed"),
        ({"throttled": lambda t: 1.2 * t if t > 0 else 0}, "throttled in 12.0% of the periods, 10.0% allowed"),
        ({"restarts": lambda t: 5 + (t > 20)}, "restarted 1 times, 0 allowed"),
        ({"restarts": lambda t: 5 if t < 20 else 1}, "restarted 1 times, 0 allowed"),
        ({"oom_kills": lambda t: 1 + (t > 20)}, "killed for its memory 1 times"),
        ({"oom_kills": lambda t: 1 if t > 20 else None}, "killed for its memory 1 times"),
    ],
    ids=[
        "cpu", "cpu for a while", "memory for a moment", "throttled", "restarted", "restarted, counted anew", "killed",
        "killed, first told of then",
    ],
)  # fmt: skip
def test_what_is_beyond_a_limit(curves: Mapping[str, Any], says: str) -> None:
    resources, use = gateway(**curves)
    resources.confirm_seen([use])
    assert says in use.beyond[0]
    assert len(use.beyond) == 1


def test_a_reset_is_no_negative_use_and_what_was_counted_before_the_window_none_of_it() -> None:
    _, use = gateway(cpu=lambda t: 1000 + 0.1 * t if t < 30 else 0.1 * (t - 30), restarts=lambda _: 9.0)
    assert (use.beyond, use.lacking) == ((), ())
    assert use.cpu_share <= 0.1


def test_memory_that_climbs_is_a_leak_only_in_a_window_as_long_as_declared() -> None:
    climbing: Curve = lambda t: (100 + t / 20) * MIB  # noqa: E731 - 180 MiB an hour
    _, long = gateway(60, memory=climbing)
    _, short = gateway(61, memory=climbing)
    assert "memory climbs by 180 to 180 MiB an hour, 100 allowed" in long.beyond[0]
    assert (short.beyond, short.lacking) == ((), ())
    assert short.leak == "not decided: 60 s were seen, a leak is decided over 61 s"
    assert short.climb_mib_an_hour
    assert short.climb_mib_an_hour[0] == pytest.approx(180, abs=1)
    _, steady = gateway(60)
    assert (steady.beyond, steady.lacking) == ((), ())


def test_an_undecided_climb_is_too_little_data() -> None:
    resources, use = gateway(60, memory=lambda t: (100 + (20 if 20 < t < 40 else 0)) * MIB)
    with pytest.raises(TooLittleData, match="gateway: whether gateway-0's memory climbs: by -"):
        resources.confirm_seen([use])


@pytest.mark.parametrize(
    ("curves", "says"),
    [
        (dict.fromkeys(WELL, lambda _: None), "gateway: no running pod was seen within the window"),
        (only(lambda t: t < 50), "seen for 10.5 s"),
        ({"memory": lambda _: None}, "gateway-0 has no memory"),
        ({"memory": lambda t: None if 20 < t < 24 else 100.0 * MIB}, "gateway-0 has no memory for 4.0 s"),
        ({"cpu": lambda t: 0.1 * t if t < 0 else None}, "gateway-0 has no cpu"),
        ({"restarts": lambda _: None}, "gateway-0 has no restarts"),
        ({"periods": lambda _: None}, "gateway-0 has no periods"),
        ({"memory_limit": lambda _: None}, "gateway-0 has no memory limit"),
        ({"cpu_limit": lambda _: None}, "gateway-0 has no CPU limit"),
    ],
    ids=[
        "no service", "ended early", "no figure", "gap", "stale", "no restarts", "no throttling", "no memory limit",
        "no CPU limit",
    ],
)  # fmt: skip
def test_what_was_not_sampled_is_named(curves: Mapping[str, Any], says: str) -> None:
    resources, use = gateway(**curves)
    with pytest.raises(TooLittleData, match=says):
        resources.confirm_seen([use])


def test_what_is_beyond_a_limit_needs_no_whole_window() -> None:
    resources, use = gateway(restarts=lambda t: 5 + (t > 20), cpu=lambda t: 0.1 * t if t < 40 else None)
    resources.confirm_seen([use])
    assert len(use.beyond) == 1


def test_limits_of_the_target_hold_where_the_platform_sets_none() -> None:
    about = lab()
    assert about.resources
    limits = about.resources.model_copy(update={"cpu_cores": 0.1, "memory_bytes": 400 * MIB})
    bare = {**WELL, **{name: lambda _: None for name in ("cpu_limit", "memory_limit", "periods", "throttled")}}
    resources, use = seen({"gateway": sampled(bare)}, about.model_copy(update={"resources": limits}))
    resources.confirm_seen(use.values())
    assert use["gateway"].beyond == ("gateway-0 used 0.10 of 0.1 cores over the busiest 10 s, 80% allowed",)
    assert (use["gateway"].memory_limit_mib, use["gateway"].memory_share) == (400, 0.25)


def test_the_worst_pod_counts_and_one_that_comes_later_is_whole_from_then_on() -> None:
    zero: Mapping[str, Curve] = dict.fromkeys(("restarts", "oom_kills"), lambda _: 0.0)
    fresh: Mapping[str, Curve] = {**WELL, "memory": lambda _: 190.0 * MIB, **zero}
    late = only(lambda t: t > 30, fresh)
    both = sampled(WELL)
    for figure, series in sampled(late, "gateway-1").items():
        both[figure] = [*both[figure], *series]
    _, use = seen({"gateway": both})
    assert use["gateway"].lacking == ()
    assert use["gateway"].beyond == ("gateway-1 held 190 of 200 MiB, 90% allowed",)


def taken_over(leak_seconds: float = 3600) -> tuple[Resources, ServiceUse]:
    """One pod until the middle of the window, and another one from then on."""
    zero: Mapping[str, Curve] = dict.fromkeys(("restarts", "oom_kills"), lambda _: 0.0)
    both = sampled(only(lambda t: t <= 30))
    for figure, series in sampled(only(lambda t: t > 30, {**WELL, **zero}), "gateway-1").items():
        both[figure] = [*both[figure], *series]
    resources, use = seen({"gateway": both}, lab(leak_seconds))
    return resources, use["gateway"]


def test_a_pod_that_another_one_takes_over_from_was_restarted_though_no_counter_says_so() -> None:
    _, use = taken_over()
    assert (use.beyond, use.lacking) == (("gateway-0 ended and gateway-1 began, 0 restarts allowed",), ())


def test_pods_that_were_young_decide_no_leak_however_long_the_window() -> None:
    _, use = taken_over(60)
    assert use.lacking == ("whether its memory climbs: none of its pods ran for 60 s",)
    assert use.leak.startswith("not decided: 30 s were seen, a leak is decided over 60 s")


def test_a_partial_answer_is_no_pass() -> None:
    resources, use = seen({}, warnings={"prices": ["a store is away"]})
    with pytest.raises(TooLittleData, match="prices: the server warns: a store is away"):
        resources.confirm_seen(use.values())
    assert resources.scraping.warnings == ("a store is away",)


def test_a_service_that_metrics_name_besides_is_expected_too() -> None:
    about = lab()
    assert about.metrics
    more = about.metrics.model_copy(update={"selectors": {"clickhouse": 'container="clickhouse"'}})
    resources, use = seen({"clickhouse": sampled(dict.fromkeys(WELL, lambda _: None))}, about.model_copy(
        update={"metrics": more}))  # fmt: skip
    assert "clickhouse" in resources.expected
    with pytest.raises(TooLittleData, match=r"^metrics: clickhouse: no running pod"):
        resources.confirm_seen(use.values())


def test_the_busiest_stretch_is_as_long_as_asked_for_or_all_there_is() -> None:
    rates = [Rate(t, t + 1, 1.0 if 3 <= t < 5 else 0.0) for t in range(10)]
    assert busiest(rates, 2) == 1.0
    assert busiest(rates, 4) == 0.5
    assert busiest(rates, 100) == pytest.approx(0.2)
    assert busiest([], 1) == 0.0
    assert busiest([replace(rates[3])], 5) == 1.0
