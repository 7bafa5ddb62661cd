"""What load is asked for: endpoints and their weights, the arrival rate, the window, and the arithmetic of it."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LATEST_SEND_S = 1.0
"""Seconds after its scheduled arrival at which a request that could not be sent is dropped, and counted as such."""
SHARE_OF_A_BLOCK = 1e-6

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Frozen(BaseModel):
    """Neither changed nor extended after it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(Frozen):
    """One kind of request: ``path`` with its query, and the share of the arrivals that its ``weight`` gives it."""

    name: str = Field(min_length=1)
    path: str = Field(pattern=r"^/([^/\s]\S*)?$")
    method: Literal["GET"] = "GET"
    weight: Positive = 1.0
    expected: tuple[int, ...] = Field(default=(200,), min_length=1)
    """Statuses of a good answer; every other one is an error, a redirect too: none is followed."""
    least_bytes: int = Field(default=1, ge=0)
    """Of a good answer's body; what is shorter is an error. Answers that have none by their status need none."""
    persona: str = ""
    """Whose bearer token goes along; nobody's where it is empty."""


class LoadPlan(Frozen):
    """An open load: requests arrive at ``rate`` a second, whatever becomes of those before them.

    Raises pydantic's ValidationError where a field is out of its range.
    """

    base_url: str = Field(pattern=r"^https?://[^/?#\s]+$")
    ca_file: str = ""
    """PEM file, by its whole path, of the authorities that vouch for the server; the system's where it is empty."""
    endpoints: tuple[Endpoint, ...] = Field(min_length=1)
    rate: Positive
    """Arrivals a second within the window, all endpoints and processes together."""
    window_s: Positive
    block_s: Positive
    """Length of the blocks in which the window is counted; the window is a whole number of them."""
    ramp_s: NotNegative = 0.0
    """Before the window the rate rises evenly from nothing during these seconds; they are not measured."""
    limit_ms: Positive
    """The latency objective (SLO): an answer that took as long or longer is over the limit."""
    timeout_s: Positive
    """From the send until the last byte of the answer; what took longer has timed out."""
    processes: int = Field(default=1, ge=1)
    """Generator processes, on this machine or on several."""
    seed: int = 0
    histogram_max_s: Positive = 60.0
    """Range of the histogram of latencies; what took longer is counted beside it."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        blocks = self.window_s / self.block_s
        if abs(blocks - round(blocks)) > SHARE_OF_A_BLOCK or blocks < 1:
            raise ValueError(f"a window of {self.window_s:g} s is no whole number of blocks of {self.block_s:g} s")
        if self.limit_ms >= self.timeout_s * 1000:
            raise ValueError(f"the limit of {self.limit_ms:g} ms is not below the timeout of {self.timeout_s:g} s")
        if self.ca_file and not Path(self.ca_file).is_absolute():
            raise ValueError(f"the generator runs in a folder of its own: {self.ca_file!r} is no whole path")
        if len({endpoint.name for endpoint in self.endpoints}) != len(self.endpoints):
            raise ValueError("two endpoints have the same name")
        if self.scheduled < self.processes:
            words = f"{self.rate:g} a second for {self.window_s:g} s is not one request for each process"
            raise ValueError(words)
        return self

    @property
    def pace_s(self) -> float:
        """T: a user makes at most one request in so many seconds.

        It is longer than the latest possible end of that request, so no slow answer delays another arrival.
        """
        return self.timeout_s + LATEST_SEND_S

    @property
    def users(self) -> int:
        """Rate x T, rounded up to the same number in each process."""
        return self.processes * math.ceil(self.rate * self.pace_s / self.processes)

    @property
    def ramp_arrivals(self) -> int:
        """How many requests arrive during the ramp: half of what the full rate would bring."""
        return int(self.rate * self.ramp_s / 2)

    @property
    def window_arrivals(self) -> int:
        """How many requests arrive within the window."""
        return round(self.rate * self.window_s)

    @property
    def scheduled(self) -> int:
        """How many requests arrive in all."""
        return self.ramp_arrivals + self.window_arrivals

    @property
    def blocks(self) -> int:
        """How many blocks the window has."""
        return round(self.window_s / self.block_s)

    @property
    def length_s(self) -> float:
        """Seconds from the first arrival to the last."""
        return self.ramp_s + self.window_s

    @property
    def longest_s(self) -> float:
        """Seconds from the first arrival until the last answer can come."""
        return self.length_s + self.pace_s

    @property
    def digest(self) -> str:
        """Tells this plan from every other, so that a worker with another one is recognised."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]
