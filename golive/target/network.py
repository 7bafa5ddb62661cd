"""Who may connect to whom in the cluster: the ends of connections, the flows between them, and what tries them."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from golive.target.base import NonEmpty, Port, Seconds, Section

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$")]
Network = IPv4Network | IPv6Network
PortRange = tuple[str, Port, Port]
ANY = "any"
"""As an end of a flow: every pod of both namespaces, also one that nobody has thought of."""
FLOW = re.compile(r"(?P<source>\S+) -> (?P<destination>\S+): *(?P<ports>\S.*)")
PORT = re.compile(r"(?P<first>\d{1,5})(-(?P<last>\d{1,5}))?(/(?P<protocol>TCP|UDP|SCTP))?")


class End(Section):
    """One end of flows: the pods of a namespace that have these labels, or networks outside of the cluster."""

    namespace: NonEmpty | None = None
    labels: dict[NonEmpty, str] = Field(default_factory=dict)
    networks: tuple[Network, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.namespace is None) == (not self.networks):
            raise ValueError("name a namespace with labels, or networks")
        if self.networks and self.labels:
            raise ValueError("networks have no labels")
        return self


class Flow(Section):
    """What must be possible, written ``source -> destination: 8080, 53/UDP, 9000-9010``."""

    source: NonEmpty
    destination: NonEmpty
    ports: Annotated[tuple[PortRange, ...], Field(min_length=1)]
    """Protocol, first and last port."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, text: Any) -> Any:
        if not isinstance(text, str):
            return text
        found = FLOW.fullmatch(text)
        ports = [PORT.fullmatch(each.strip()) for each in found["ports"].split(",")] if found else []
        if found is None or not all(ports):
            raise ValueError("write a flow as: gateway -> prices: 8081, 53/UDP, 9000-9010")
        ranges = (
            (each["protocol"] or "TCP", int(each["first"]), int(each["last"] or each["first"]))
            for each in ports
            if each
        )
        return {"source": found["source"], "destination": found["destination"], "ports": tuple(ranges)}

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if any(first > last for _, first, last in self.ports):
            raise ValueError("a range of ports ends before it begins")
        return self


class NetworkProbe(Section):
    """Pods that the suite starts beside the platform's, to try flows from where these run."""

    image: NonEmpty
    """Any that has ``python3`` and runs as another user than root: golive's own, or the platform's."""
    outside: NonEmpty | None = None
    """A namespace beside the platform's in which nothing keeps pods from connecting: what is refused to a probe there,
    the platform's ingress side refuses."""
    seconds: Seconds = 60
    """Until all of them are over: their image may have to be pulled."""


class NetworkPolicies(Section):
    """The flows that must be possible; every other one must not be."""

    ends: Annotated[dict[Name, End], Field(min_length=1)]
    flows: Annotated[tuple[Flow, ...], Field(min_length=1)]
    idle: frozenset[NonEmpty] = frozenset()
    """Policies, as ``namespace/name``, that may find nobody at times, as those of a nightly job."""
    probe: NetworkProbe | None = None

    @model_validator(mode="after")
    def _ends_are_known(self) -> Self:
        if ANY in self.ends:
            raise ValueError(f"ends.{ANY}: means every pod of both namespaces; call it otherwise")
        named = {name for flow in self.flows for name in (flow.source, flow.destination)}
        unknown = sorted(named - self.ends.keys() - {ANY})
        if unknown:
            raise ValueError(f"flows: no end is called {', '.join(unknown)}; ends are {', '.join(sorted(self.ends))}")
        return self
