"""Would the unit tests notice? mutmut changes one thing at a time in what a decision rests on, and runs them.

    ./run mutation                        everything, from scratch: about half an hour of one core
    ./run mutation golive.stats.rates     one module or package, and its score
    ./run mutation --show                 the score of the results that are there; nothing is run
    ./run mutation --write                put them into the table of docs/mutation.md; nothing is run

The table is a row a module. Written are the rows of those modules all of whose mutants were run; every other row stays
as it is, of an earlier run, and the areas are the sums of these rows.

The score is killed over killed and survived. A mutant that no test reaches has survived; one whose tests ran out of
time was noticed, and is counted as killed and said. What mutmut could not decide (a crash of the interpreter, a mutant
not run yet) is neither, and said, too. Exit status 1 where an area's score is below 90 %, or where more than one
mutant in a hundred is undecided.

mutmut cannot see what runs when a module of the tests is imported: it was imported before the mutant was there. Nor
does it change what is decorated, class bodies, or anything outside of functions.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from mutmut.stats import status_by_exit_code

from selftests.generated import put_between

ROOT = Path(__file__).parent.parent
MUTANTS = ROOT / "mutants"
DOCS = ROOT / "docs" / "mutation.md"
BEGIN, END = "<!-- mutation:begin -->", "<!-- mutation:end -->"
LEAST, UNDECIDED = 0.9, 0.01
"""The share of mutants that tests must notice in each area, and that which may stay undecided."""
AREAS = {
    "golive.decision": "decision",
    "golive.evidence": "evidence",
    "golive.redact": "redaction",
    "golive.stats": "statistics",
}
KILLED, SURVIVED, TIMED_OUT = {"killed"}, {"survived", "no tests"}, {"timeout"}
NOT_RUN = "not checked"


@dataclass(frozen=True)
class Score:
    """Mutants by what became of them. ``killed`` includes those whose tests ran out of time."""

    name: str
    killed: int
    timed_out: int
    survived: int
    undecided: int

    @property
    def share(self) -> float:
        """Killed over killed and survived; 0 where nothing was decided: no score is no good one."""
        decided = self.killed + self.survived
        return self.killed / decided if decided else 0.0

    @property
    def enough(self) -> bool:
        """Whether so many were noticed, and so few left undecided, that the tests may be relied on."""
        every = self.killed + self.survived + self.undecided
        return self.share >= LEAST and self.undecided <= UNDECIDED * every


def score(name: str, statuses: Iterable[str]) -> Score:
    """The score of mutants with these statuses, in mutmut's words."""
    seen = Counter(statuses)
    noticed, late, missed = (sum(seen[word] for word in words) for words in (KILLED, TIMED_OUT, SURVIVED))
    return Score(name, noticed + late, late, missed, seen.total() - noticed - late - missed)


def found(folder: Path = MUTANTS) -> Iterator[tuple[str, str]]:
    """Module and status of every mutant that mutmut has made in this folder."""
    for path in sorted(folder.rglob("*.py.meta")):
        module = ".".join(path.relative_to(folder).parts).removesuffix(".py.meta")
        codes: dict[str, int | None] = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        for code in codes.values():
            yield module, status_by_exit_code[code]


def within(module: str, names: Iterable[str]) -> bool:
    """Whether a module is one of these, or in one of these packages."""
    return any(module == name or module.startswith(f"{name}.") for name in names)


def scores(mutants: Iterable[tuple[str, str]]) -> list[Score]:
    """One score for each module of which there are mutants, by name."""
    by_module: dict[str, list[str]] = {}
    for module, status in mutants:
        by_module.setdefault(module, []).append(status)
    return [score(module, by_module[module]) for module in sorted(by_module)]


def areas(modules: Iterable[Score], names: Mapping[str, str] = AREAS) -> list[Score]:
    """The sum of each area of which there are modules."""
    found = []
    for area, name in names.items():
        inside = [astuple(row)[1:] for row in modules if within(row.name, [area])]
        if inside:
            found.append(Score(name, *map(sum, zip(*inside, strict=True))))
    return found


def finished(mutants: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The mutants of those modules of which every one was run."""
    every = list(mutants)
    unfinished = {module for module, status in every if status == NOT_RUN}
    return [(module, status) for module, status in every if module not in unfinished]


def written(page: str) -> list[Score]:
    """The rows of modules that the page has."""
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| golive.")]
    return [Score(name, *map(int, figures)) for name, _, *figures, _ in rows]


def renewed(old: Iterable[Score], new: Iterable[Score], root: Path = ROOT) -> list[Score]:
    """Each module's newest row, by name; none of a module that is gone."""
    rows = {row.name: row for row in (*old, *new)}
    return [rows[name] for name in sorted(rows) if root.joinpath(*name.split(".")).with_suffix(".py").is_file()]


def table(rows: Iterable[Score]) -> str:
    """The scores in Markdown."""
    lines = [
        "| | mutants | killed | of these by time-out | survived | undecided | score |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        figures = row.killed + row.survived + row.undecided, row.killed, row.timed_out, row.survived, row.undecided
        lines.append(f"| {row.name} | " + " | ".join(map(str, figures)) + f" | {row.share:.1%} |")
    return "\n".join(lines)


def forget_data(folder: Path = MUTANTS) -> None:
    """Remove the copies of templates and other data of the package: mutmut never copies again what is there."""
    for path in (folder / "golive").rglob("*"):
        if path.is_file() and path.suffix not in {".py", ".meta", ".spans"}:
            path.unlink()


def run(names: list[str]) -> None:
    """Let mutmut make and run the mutants. Raises SystemExit where it cannot."""
    if not names:
        shutil.rmtree(MUTANTS, ignore_errors=True)
    forget_data()
    patterns = [pattern for name in names for pattern in (f"{name}.x*", f"{name}.*.x*")]
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1", *patterns]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SystemExit("mutmut could not run; its last lines say why")


def main() -> int:
    """Exit status 1 where an area is below ``LEAST``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="such as golive.stats.rates; none: all, from scratch")
    parser.add_argument("--show", action="store_true", help="run nothing, print what is there")
    parser.add_argument(
        "--write", action="store_true", help="run nothing, put the rows that are there into docs/mutation.md"
    )
    given = parser.parse_args()
    if not (given.show or given.write):
        run(given.modules)
    modules = scores(mutant for mutant in found() if not given.modules or within(mutant[0], given.modules))
    page = DOCS.read_text(encoding="utf-8")
    if given.write:
        modules = renewed(written(page), scores(finished(found())))
    rows = areas(modules)
    print(table(modules), end="\n\n")
    print(table(rows))
    if given.write:
        put_between(DOCS, BEGIN, END, f"{table(rows)}\n\n{table(modules)}")
    low = [row.name for row in rows if not row.enough]
    if low or not rows:
        what = ", ".join(low) or "nothing was run"
        said = f"below {LEAST:.0%}, or not all decided: {what}; each by name: .venv/bin/mutmut results"
        print(said, file=sys.stderr)
    return int(bool(low) or not rows)


if __name__ == "__main__":
    sys.exit(main())
