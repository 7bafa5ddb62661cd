"""The shipper: rsyslog, which reads what each service of the platform logs and sends it to OpenSearch, day by day.

Options: ``without_prices`` leaves that service's file out.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import ClassVar, Final

from golive.errors import LabUnavailable
from golive_lab import debian
from golive_lab.process import environment, run
from golive_lab.services.base import LabService, Launch, Progress
from golive_lab.services.opensearch import INDICES
from golive_lab.systems import PLATFORM

PACKAGES: Final = ("rsyslog", "rsyslog-elasticsearch", "libestr0", "libfastjson4", "liblognorm5")
"""What rsyslog and its output need beyond what every Debian has; libcurl4 comes with most."""
SETTINGS: Final = """\
global(workDirectory="{work}" maxMessageSize="64k")
module(load="imfile" mode="inotify")
module(load="mmjsonparse")
module(load="omelasticsearch")
template(name="index" type="list") {{
  constant(value="{indices}")
  property(name="$!@timestamp" position.from="1" position.to="10")
}}
template(name="record" type="list") {{ property(name="$!all-json") }}
template(name="id" type="string" string="%$!service%-%$!metadata!fileoffset%")
{inputs}
ruleset(name="ship" queue.type="LinkedList" queue.size="100000" queue.dequeuebatchsize="500") {{
  action(type="mmjsonparse" cookie="")
  if $parsesuccess == "OK" then {{
    action(
      type="omelasticsearch" server="127.0.0.1" serverport="{port}" usehttps="off" healthchecktimeout="2000"
      searchType="" searchIndex="index" dynSearchIndex="on" template="record" bulkmode="on"
      bulkid="id" dynbulkid="on"
      action.resumeRetryCount="-1" action.resumeInterval="1" errorFile="{work}/refused.log"
    )
  }}
}}
"""
INPUT: Final = 'input(type="imfile" File="{file}" Tag="{service}:" ruleset="ship" freshStartTail="off")\n'


class ShipperService(LabService):
    """One rsyslog over the files of all services; a record that it sends again after a restart takes its old place."""

    name: ClassVar[str] = "shipper"
    system: ClassVar[str] = "logs"
    needs: ClassVar[frozenset[str]] = frozenset({"opensearch"})

    def prepare(self, progress: Progress) -> None:
        """Find rsyslog with its output for OpenSearch, or unpack Debian's."""
        self._program, self._environment, self._modules = _installed() or _unpacked(self.lab.cache, progress)
        (self.lab.data(self.name) / "work").mkdir(exist_ok=True)

    def launch(self) -> Launch:
        """Write what is to be read and where it goes, and run rsyslog in the foreground."""
        home = self.lab.data(self.name)
        shipped = [name for name in PLATFORM if f"without_{name}" not in self.options.names]
        inputs = "".join(INPUT.format(file=self.lab.service_log(name), service=name) for name in shipped)
        port = self.lab.ports.take("opensearch")
        text = SETTINGS.format(work=home / "work", indices=INDICES, inputs=inputs, port=port)
        (home / "rsyslog.conf").write_text(text, encoding="utf-8")
        argv = (str(self._program), "-n", "-f", str(home / "rsyslog.conf"), "-i", "NONE", *self._modules)
        return Launch(argv, self._environment, home)

    def ready(self) -> str | None:
        """It is at work once launched; what has arrived is for whoever looks into the store to see."""
        return None


def _installed() -> tuple[Path, dict[str, str], tuple[str, ...]] | None:
    """The host's own rsyslog, where it has the output; else None."""
    program = shutil.which("rsyslogd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    output = any(Path("/usr/lib").glob("**/rsyslog/omelasticsearch.so"))
    return (Path(program), environment(), ()) if program and output else None


def _unpacked(cache: Path, progress: Progress) -> tuple[Path, dict[str, str], tuple[str, ...]]:
    """Debian's. Raises LabUnavailable where it cannot be had, or lacks a library of the host's."""
    root = debian.unpacked("rsyslog", PACKAGES, cache, progress)
    output = next(root.glob("usr/lib/**/omelasticsearch.so"))
    found = environment(LD_LIBRARY_PATH=str(output.parent.parent))
    absent = [line.split()[0] for line in run(("ldd", output), env=found, cwd=root).splitlines() if "not found" in line]
    if absent:
        hint = "apt-get install libcurl4"
        raise LabUnavailable("logs", f"rsyslog's output needs {', '.join(absent)}, which this host lacks", hint=hint)
    return root / "usr" / "sbin" / "rsyslogd", found, ("-M", str(output.parent))
