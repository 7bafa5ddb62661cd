"""Load on the API while the window is open: what the target asks for as a plan, and its running figures in words."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from golive.facts.gateway import Gateway
from golive.facts.identity import Identity
from golive.facts.load_looks import Looks
from golive.load import driver
from golive.load.calibration import calibrate
from golive.load.health import Calibration
from golive.load.merging import Progress
from golive.load.plan import Endpoint, LoadPlan
from golive.load.result import LoadResult
from golive.load.tokens import LoadTokens
from golive.load.window import Course, Json, Watcher
from golive.target import Target
from golive.target.needed import required
from golive.target.performance import Load

ITEM = "performance.api_latency"
NAME = "api"
SYSTEM = "load"


class ApiLoad(Watcher):
    """Makes the load while the window is open."""

    name = NAME

    def __init__(self, target: Target, identity: Identity, gateway: Gateway, tag: str) -> None:
        self._target, self._identity, self._gateway, self._tag = target, identity, gateway, tag
        self._settings = required(target.load, "load", ITEM)
        self._result: LoadResult | None = None
        self._calibration: Calibration | None = None
        self._looks: Looks | None = None
        self._version = ""

    def before(self, course: Course) -> None:
        """See what the generator adds by itself, and that the release that is looked at answers.

        Raises WrongVersion otherwise: the load would say nothing of it.
        """
        answers = self._gateway.show({self._settings.persona: self._identity.log_in(self._settings.persona).token})
        self._gateway.confirm_release(answers, self._tag)
        self._version = next((answer.version for answer in answers if answer.version), "")
        if self._settings.calibrate:
            with tempfile.TemporaryDirectory() as folder:
                self._calibration = calibrate(
                    plan_of(self._target), Path(folder), follow=lambda _: course.raise_if_stopped()
                )

    def during(self, course: Course) -> None:
        """Load until the end of the window; raises what keeps the generator from it."""
        self._looks = looks = Looks(self._settings, course.folder / "load")

        def follow(progress: Progress) -> None:
            course.raise_if_stopped()
            looks.follow(progress.elapsed_s)
            course.say(NAME, running(progress, self._settings) + looks.words)

        course.raise_if_stopped()
        plan = plan_of(self._target)
        result = driver.run(plan, course.folder / "load", tokens=self._tokens, follow=follow)
        self._result = replace(result, calibration=self._calibration)

    def after(self) -> Json:
        """The generator's result, which has its own times."""
        certain = self._looks.certain if self._looks else {}
        return {"result": self._result.to_json() if self._result else "", "certain": certain, "version": self._version}

    def _tokens(self) -> LoadTokens:
        login = self._identity.log_in(self._settings.persona)
        return LoadTokens({self._settings.persona: login.token.get_secret_value()}, login.lifetime_seconds)


def running(progress: Progress, settings: Load) -> str:
    """The running figures, and the interval that they leave; no verdict can be read off it."""
    from scipy.stats import binomtest

    words = f"{progress.elapsed_s:.0f} of {progress.planned_s:.0f} s, {progress.sent:,} requests sent"
    total = progress.total
    if not total.n:
        return words
    low, high = binomtest(total.over, total.n).proportion_ci(method="exact")
    return (
        f"{words}; at or over {1000 * settings.limit:g} ms: {low:.2%} to {high:.2%} so far, "
        f"{settings.max_share:.2%} allowed; {total.errors} errors"
    )


def plan_of(target: Target) -> LoadPlan:
    """The load that a target asks for."""
    settings = required(target.load, "load", ITEM)
    return LoadPlan(
        base_url=target.gateway.url.rstrip("/"),
        ca_file=str(target.ca_file.resolve()) if target.ca_file else "",
        endpoints=tuple(
            Endpoint(
                name=name,
                path=e.route,
                weight=e.weight,
                expected=e.statuses,
                least_bytes=e.least_bytes,
                persona=settings.persona,
            )
            for name, e in settings.endpoints.items()
        ),
        rate=settings.rate,
        window_s=settings.window,
        block_s=settings.block,
        ramp_s=settings.ramp,
        limit_ms=settings.limit * 1000,
        timeout_s=settings.timeout,
        processes=settings.processes,
    )
