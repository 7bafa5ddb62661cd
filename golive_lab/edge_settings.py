"""The edge's configuration for HAProxy: TLS, redirect, HSTS, an allowlist, a cache, and the origin behind it.

The origin is the ingress of a cluster: a listener of its own, in the same process, that serves only the edge's
address. The edge reaches it from ``EDGE`` as a CDN would from its published ranges.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

ADDRESSES: Final = ("127.0.1.1", "127.0.1.2")
"""Where the public hosts are; all of loopback's network is this host."""
EDGE: Final = "127.0.1.9"
"""Where the edge comes from when it asks the origin."""
INSIDE: Final = ("127.0.2.0/24", "127.0.4.8/32")
"""Who may see what the allowlist guards."""
HOST: Final = "127.0.0.1"
EGRESS: Final = "/golive/egress"
"""Says from which address it was asked."""
HSTS: Final = "max-age=31536000; includeSubDomains"
ALLOWLISTS: Final = {
    "opened": (*INSIDE, "0.0.0.0/0"),
    "halves": (*INSIDE, "0.0.0.0/1", "128.0.0.0/1"),
    "wider": (*INSIDE, "127.0.5.0/24"),
    "shut": ("127.0.4.8/32",),
}
"""By option, lists that are not the declared one."""
CARELESS: Final = (
    "  http-request set-header X-Careless %[req.hdr(Authorization)]",
    "  http-request del-header Authorization",
)
"""HAProxy keeps nothing that was asked for with a token, unless it does not see the token."""
RESTORED: Final = ("  http-request set-header Authorization %[req.hdr(X-Careless)]",)


@dataclass(frozen=True)
class Files:
    """Certificates with their keys, one PEM each, by address; the authority's certificate; the list of addresses."""

    certificates: tuple[Path, ...]
    ingress: Path
    authority: Path
    allowlist: Path
    beside: tuple[Path, ...] = ()
    """Certificates of another kind of key, shown at each address to who takes no other."""
    second: tuple[Path, ...] = ()
    """Those of a second server at each address, of which every other connection is."""


@dataclass(frozen=True)
class Ports:
    """On ``ADDRESSES``: http, https; on ``HOST``: origin, the gateway, and HAProxy's own runtime API."""

    http: int
    https: int
    origin: int
    gateway: int
    runtime: int


def render(files: Files, ports: Ports, guarded: str, options: frozenset[str]) -> str:
    """The whole file. ``guarded`` is the path that the allowlist guards."""
    lines = [*_global(ports, options), *_redirect(ports, guarded, options), *_public(files, ports, guarded, options)]
    return "\n".join([*lines, *_origin(files, ports, options)]) + "\n"


def _global(ports: Ports, options: frozenset[str]) -> list[str]:
    oldest = "TLSv1.0" if "old_tls" in options else "TLSv1.2"
    return [
        "global",
        f"  stats socket ipv4@{HOST}:{ports.runtime} level user",
        f"  ssl-default-bind-options ssl-min-ver {oldest}",
        *(["  ssl-default-bind-ciphers ALL:@SECLEVEL=0"] if "old_tls" in options else []),
        "defaults",
        "  mode http",
        "  timeout connect 3s",
        "  timeout client 30s",
        "  timeout server 30s",
        "  timeout http-request 10s",
        "cache static",
        "  total-max-size 8",
        "  max-object-size 1000000",
        "  max-age 60",
        "  process-vary on",
    ]


def _redirect(ports: Ports, guarded: str, options: frozenset[str]) -> list[str]:
    port = ports.origin if "redirects_to_origin" in options else ports.https
    there = f"https://%[req.hdr(host),field(1,:)]:{port}%[capture.req.uri]"
    redirect = f"  http-request redirect code 308 location {there}"
    plain = '  http-request return status 200 content-type text/plain string "plain"'
    binds = [f"  bind {address}:{ports.http}" for address in ADDRESSES]
    if "no_redirect" in options:
        rules = [plain]
    elif "plain_health" in options:
        rules = [f"{redirect} unless {{ path {guarded} }}", "  default_backend origin"]
    else:
        rules = [redirect]
    return ["frontend plain", *binds, *rules]


def _public(files: Files, ports: Ports, guarded: str, options: frozenset[str]) -> list[str]:
    claimed = f" !{{ req.hdr_ip(X-Forwarded-For,1) -f {files.allowlist} }}" if "trusts_forwarded" in options else ""
    path = "path" if "path_as_written" in options else "path,url_dec -m str"
    excepted = " !{ src 127.0.5.0/24 }" if "excepted_inline" in options else ""
    careless = bool(options & {"caches_api", "caches_in_silence"})
    told = " { var(txn.asset) -m bool }" if "caches_in_silence" in options else ""
    cached = "{ path_end .css .js .svg }" + (" or { path_beg / }" if careless else "")
    hsts = f'  http-after-response set-header Strict-Transport-Security "{HSTS}"'
    secured = "" if "without_tls" in options else " ssl crt {}"
    beside = "".join(f" crt {each}" for each in files.beside)
    binds = [*zip(ADDRESSES, files.certificates, strict=True), *product(ADDRESSES, files.second)]
    return [
        "frontend public",
        *(f"  bind {address}:{ports.https}{secured.format(certificate)}{beside}" for address, certificate in binds),
        *([] if "without_hsts" in options else [hsts]),
        f'  http-request return status 200 content-type text/plain lf-string "%[src]" if {{ path {EGRESS} }}',
        f"  http-request deny deny_status 403 if {{ {path} {guarded} }} !{{ src -f {files.allowlist} }}{claimed}"
        f"{excepted}",
        *(CARELESS if careless else ()),
        "  http-request set-var(txn.asset) bool(true) if { path_end .css .js .svg }",
        *([] if "without_cache" in options else _cache(cached)),
        f"  http-response set-header X-Cache HIT if !{{ srv_id -m found }}{told}",
        "  default_backend origin",
        "backend origin",
        *(RESTORED if careless else ()),
        f"  server ingress {HOST}:{ports.origin} ssl verify required ca-file {files.authority} verifyhost localhost "
        f"source {EDGE}",
    ]


def _cache(cached: str) -> list[str]:
    """What is kept: assets, whatever the platform says of them."""
    return [
        f"  http-request set-var(txn.keep) bool(true) if {cached}",
        "  http-request cache-use static if { var(txn.keep) -m bool }",
        '  http-response set-header Cache-Control "public, s-maxage=60, max-age=60" if { var(txn.keep) -m bool }',
        "  http-response cache-store static if { var(txn.keep) -m bool }",
    ]


def _origin(files: Files, ports: Ports, options: frozenset[str]) -> list[str]:
    passing = " or !{ path_end .css .js .svg }" if "origin_open_but_assets" in options else ""
    refusing = f"  http-request deny deny_status 403 unless {{ src {EDGE} }}{passing}"
    believing = f"  http-request allow if {{ req.hdr_ip(X-Real-IP) -f {files.allowlist} }}"
    return [
        "frontend ingress",
        f"  bind {HOST}:{ports.origin} ssl crt {files.ingress}",
        *([believing] if "origin_trusts_real_ip" in options else []),
        *([] if "open_origin" in options else [refusing]),
        "  default_backend gateway",
        "backend gateway",
        f"  server gateway {HOST}:{ports.gateway} ssl verify required ca-file {files.authority} verifyhost localhost",
    ]
