"""The plan of a run as a table that spills to disk: what is known of it, what is to be asked, and what is asked twice.

A planned request is a number, its place: variant by variant, in each fixture by fixture, in each repeat by repeat. Its row has
that number and half of its hash's 256 bits, by which it is joined with the answers of all runs where they lie.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from harness.errors import StoreError
from harness.store import tables
from harness.store.answers import RESPONSES, Files, files_of, rows_of
from harness.store.journal import longest_line
from harness.store.responses import stream_responses
from harness.store.rows import COLUMNS

PAGE = 2_000
"""Places read at a time while a run asks."""

_DIGEST = 32
_KEY = "try_cast(substr(hash, 1, 32) AS UUID)"
_ROW_BITS = 40
_OWN = ("variant", "fixture_id", "repeat", "retrieved", "cached")
_ANSWER = ", ".join(name for name in COLUMNS if name not in _OWN)


@dataclass(frozen=True, slots=True)
class ToAsk:
    """One place to be asked.

    Attributes:
        place: Its number.
        group: Names the places that ask the same; None where no other does.
    """

    place: int
    group: int | None


class PlanTable:
    """What a run plans, beside what is known of it. Used as a context manager: its files go when it is closed.

    Attributes:
        variants: The variants planned, in order.
        per_variant: Places each of them has.
        total: Places in all.
    """

    def __init__(self, variants: Sequence[str], fixture_ids: Sequence[str], repeats: int) -> None:
        """Make an empty plan."""
        self.variants = tuple(variants)
        self._ids, self._repeats = fixture_ids, repeats
        self.per_variant = len(fixture_ids) * repeats
        self.total = len(self.variants) * self.per_variant
        self._folder = tempfile.TemporaryDirectory(prefix="harness-plan-", ignore_cleanup_errors=True)
        self._spill = Path(self._folder.name)
        self._note: Callable[[str], None] = lambda line: None
        self._db = tables.bounded(self._spill)
        for definition in (
            "plan (place BIGINT, key UUID)",
            "retrieved (variant INTEGER, fixture INTEGER, said VARCHAR)",
            "newest (key UUID, answer BIGINT)",
            "files (filename VARCHAR, number BIGINT)",
            "again (place BIGINT, grp BIGINT)",
        ):
            self._db.execute(f"CREATE TABLE {definition}")
        journal = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        self._db.execute(f"CREATE TABLE journaled (number BIGINT, key UUID, moment TIMESTAMP, {journal})")

    def __enter__(self) -> PlanTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the table and its files; closing twice is harmless."""
        self._db.close()
        self._folder.cleanup()

    def add(self, variant: str, first: int, digests: bytes) -> None:
        """Plan some fixtures that follow each other.

        Args:
            variant: Who is asked.
            first: Position of the first of the fixtures.
            digests: The requests' hashes, 32 bytes each: all repeats of the first fixture, then those of the next.
        """
        halves = np.frombuffer(digests, dtype=">u8").reshape(-1, _DIGEST // 8)[:, :2].astype(np.uint64)
        start = self._start(variant) + first * self._repeats
        self._db.register(
            "batch", {"high": halves[:, 0].copy(), "low": halves[:, 1].copy(), "row": np.arange(start, start + len(halves))}
        )
        key = "lpad(to_hex(high), 16, '0') || lpad(to_hex(low), 16, '0')"
        self._db.execute(f'INSERT INTO plan SELECT "row", ({key})::UUID FROM batch')
        self._db.unregister("batch")

    def add_retrieved(self, variant: str, first: int, said: Sequence[str]) -> None:
        """Keep what retrieval found for some fixtures that follow each other, as responses.parquet writes it."""
        batch = {"fixture": np.arange(first, first + len(said)), "said": np.array(said, dtype=object)}
        self._db.register("batch", batch)
        self._db.execute(f"INSERT INTO retrieved SELECT {self.variants.index(variant)}, fixture, said::VARCHAR FROM batch")
        self._db.unregister("batch")

    def look_up(self, folders: Sequence[Path], note: Callable[[str], None]) -> None:
        """Find the newest usable answer to what has none yet, in Parquet and journals alike.

        Args:
            folders: Run folders.
            note: Told of each run that cannot be read.
        """
        import duckdb

        self._note = note
        readable = list(folders)
        while True:
            files = files_of(readable, RESPONSES)
            try:
                tables.with_room(self._db, partial(self._at_once, partial(self._match, files)))
            except duckdb.Error as error:
                broken = self._broken(readable)
                if not broken:
                    raise tables.unreadable(error, self._spill) from error
                self._tell(broken)
                readable = [folder for folder in readable if folder not in broken]
            else:
                return

    def settle(self) -> None:
        """Work out what is to be asked: once all is planned and looked up."""
        tables.with_room(self._db, partial(self._at_once, self._settle))

    def _settle(self) -> None:
        self._db.execute("CREATE TABLE pending AS SELECT place, key FROM plan ANTI JOIN newest USING (key)")
        self._db.execute("CREATE TABLE firsts AS SELECT key, min(place) AS place, count(*) AS n FROM pending GROUP BY key")
        self._db.execute(
            "INSERT INTO again SELECT p.place, f.place FROM pending p JOIN firsts f USING (key) WHERE f.n > 1 ORDER BY 2, 1"
        )
        self._db.execute("CREATE TABLE to_ask AS SELECT place, CASE WHEN n > 1 THEN place END AS grp FROM firsts ORDER BY place")
        self._db.execute("DROP TABLE firsts")

    def _at_once(self, work: Callable[[], None]) -> None:
        """Do all of some work or nothing of it."""
        self._db.execute("BEGIN")
        try:
            work()
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def held_against(self, folder: Path) -> tuple[int, int, int, int]:
        """Hold what a run holds against what is planned at the same places.

        Returns:
            How many responses it has, how many of them answer another request, how many failed, and how many places have none.
        """
        rows = rows_of([folder], RESPONSES)
        if rows is None:
            return 0, 0, 0, self.total
        self._name_places()
        place = f"v.number * {self.per_variant} + f.number * {self._repeats} + r.repeat"
        query = (
            "SELECT count(*), count(*) FILTER (p.key IS DISTINCT FROM r.key), count(*) FILTER (r.outcome = 'failed'), "
            f"count(p.key) FROM (SELECT {_KEY} AS key, variant, fixture_id, repeat, outcome FROM {rows}) r "
            "LEFT JOIN variant_names v ON v.name = r.variant LEFT JOIN fixture_names f ON f.id = r.fixture_id "
            f"LEFT JOIN plan p ON p.place = {place} AND r.repeat < {self._repeats}"
        )
        there, changed, failed, planned = self._db.execute(query).fetchone()
        return there, changed, failed, self.total - planned

    def known(self) -> Counter[str]:
        """Count the places that have an answer, by variant."""
        return self._counted("plan SEMI JOIN newest USING (key)")

    def unknown(self) -> Counter[str]:
        """Count the places that have none, by variant."""
        return self._counted("pending")

    def to_ask(self) -> Counter[str]:
        """Count the places to be asked, by variant; of those that ask the same only the first counts."""
        return self._counted("to_ask")

    def asked(self, variant: str) -> Iterator[ToAsk]:
        """The places of a variant that are to be asked, in order, read a page at a time."""
        at, end = self._start(variant) - 1, self._start(variant) + self.per_variant
        query = "SELECT place, grp FROM to_ask WHERE place > ? AND place < ? ORDER BY place LIMIT ?"
        while page := self._db.execute(query, [at, end, PAGE]).fetchall():
            for place, group in page:
                yield ToAsk(place, group)
            at = page[-1][0]

    def same(self, group: int) -> list[int]:
        """The places of a group, in order."""
        found = self._db.execute("SELECT place FROM again WHERE grp = ? ORDER BY place", [group]).fetchall()
        return [place for (place,) in found]

    def ask_rest(self, there: bytearray, variants: Collection[str]) -> bool:
        """Plan another round: of each group the first place that was left, among some variants.

        Args:
            there: For each place, whether it has a response by now.
            variants: Those that may still be asked.

        Returns:
            Whether there is anything to ask.
        """
        self._db.register("flags", {"place": np.flatnonzero(np.frombuffer(there, dtype=np.uint8))})
        self._db.execute("DELETE FROM to_ask")
        numbers = [number for number, name in enumerate(self.variants) if name in variants]
        self._db.execute(
            "INSERT INTO to_ask SELECT min(place) AS place, grp FROM again ANTI JOIN flags USING (place) "
            f"WHERE list_contains($numbers::BIGINT[], place // {max(self.per_variant, 1)}) GROUP BY grp ORDER BY 1",
            {"numbers": numbers},
        )
        self._db.unregister("flags")
        return bool(self._db.execute("SELECT count(*) FROM to_ask").fetchone()[0])

    def missing(self, variants: Collection[str]) -> Iterator[tuple[str, int]]:
        """Variant and fixture position of what has no answer, in order, each once."""
        query = (
            f"SELECT DISTINCT place // {max(self.per_variant, 1)}, place % {max(self.per_variant, 1)} // {self._repeats} "
            "FROM pending ORDER BY 1, 2"
        )
        for variant, fixture in self._db.execute(query).fetchall():
            if self.variants[variant] in variants:
                yield self.variants[variant], fixture

    def where(self, place: int) -> tuple[str, int, int]:
        """Variant, position of the fixture, and repeat of a place."""
        variant, rest = divmod(place, self.per_variant)
        fixture, repeat = divmod(rest, self._repeats)
        return self.variants[variant], fixture, repeat

    def copy_known(self, target: Path) -> int:
        """Write the known answers as rows of this run, in order; no file where none is known.

        Answers that turn out not to be readable are known no more, and what they answered is to be asked.

        Returns:
            How many there are.
        """
        import duckdb

        while count := self.known().total():
            try:
                self._copy(target)
                return count
            except duckdb.Error:
                if not self._forget_broken():
                    raise
        return 0

    def _forget_broken(self) -> bool:
        """Know the answers of runs that cannot be read to their end no more; say whether there are any."""
        files = dict(self._db.execute("SELECT number, filename FROM files").fetchall())
        broken = self._broken(list(dict.fromkeys(Path(file).parent for file in files.values())))
        self._tell(broken)
        numbers = [number for number, file in files.items() if Path(file).parent in broken]
        for where in (
            f"newest WHERE answer >= 0 AND list_contains($numbers::BIGINT[], answer >> {_ROW_BITS})",
            "files WHERE list_contains($numbers::BIGINT[], number)",
        ):
            self._db.execute(f"DELETE FROM {where}", {"numbers": numbers})
        for table in ("pending", "to_ask"):
            self._db.execute(f"DROP TABLE IF EXISTS {table}")
        self._db.execute("DELETE FROM again")
        self.settle()
        return bool(broken)

    def _tell(self, broken: Mapping[Path, str]) -> None:
        for folder, reason in broken.items():
            self._note(f"{folder}: the run is skipped, its responses cannot be read: {reason}")

    def _copy(self, target: Path) -> None:
        self._name_places()
        self._choose()
        parquet = [name for (name,) in self._db.execute("SELECT filename FROM files ORDER BY number").fetchall()]
        parts = [f"SELECT -1 - number AS answer, {_ANSWER} FROM journaled"]
        if parquet:
            read = _parquet(map(Path, parquet))
            number = f"(number << {_ROW_BITS}) + file_row_number"
            parts.append(f"SELECT {number} AS answer, {_ANSWER} FROM {read} JOIN files USING (filename)")
        said = {name: f"a.{name}" for name in COLUMNS} | {
            "variant": "v.name",
            "fixture_id": "f.id",
            "repeat": f"(p.place % {self._repeats})::INTEGER",
            "retrieved": "coalesce(r.said, '[]')",
            "cached": "true",
        }
        columns = ", ".join(f"{value} AS {name}" for name, value in said.items())
        query = (
            f"SELECT {columns} FROM ({' UNION ALL '.join(parts)}) a JOIN chosen p USING (answer) "
            "JOIN variant_names v ON v.number = p.variant JOIN fixture_names f ON f.number = p.fixture "
            "LEFT JOIN retrieved r ON r.variant = p.variant AND r.fixture = p.fixture ORDER BY p.place"
        )
        tables.copy_to_parquet(self._db, query, target)

    def first_cost(self, target: Path, variants: Collection[str]) -> float | None:
        """What some variants' answers in a file of known ones cost, each request counted once; None if one is unknown."""
        query = (
            "SELECT count(*) FILTER (cost IS NULL), fsum(cost) FROM (SELECT arbitrary(cost) AS cost FROM (SELECT cost, "
            f"{_KEY} AS key FROM read_parquet($file) WHERE list_contains($variants::VARCHAR[], variant)) GROUP BY key)"
        )
        unknown, cost = self._db.execute(query, {"file": str(target), "variants": list(variants)}).fetchone()
        return None if unknown else cost or 0.0

    def _start(self, variant: str) -> int:
        return self.variants.index(variant) * self.per_variant

    def _counted(self, rows: str) -> Counter[str]:
        query = f"SELECT place // {max(self.per_variant, 1)}, count(*) FROM {rows} GROUP BY 1"
        return Counter({self.variants[number]: count for number, count in self._db.execute(query).fetchall()})

    def _match(self, files: Files) -> None:
        """Find an answer for each key that has none: a file and a row of it, or a row of ``journaled``."""
        wanted = "SEMI JOIN plan USING (key) ANTI JOIN newest USING (key)"
        moment = "coalesce(try_cast(finished_at AS TIMESTAMP), TIMESTAMP 'epoch')"
        self._db.execute("CREATE OR REPLACE TABLE found (key UUID, answer BIGINT, moment TIMESTAMP)")
        if files.parquet:
            (known,) = self._db.execute("SELECT count(*) FROM files").fetchone()
            numbered = [(str(file), known + number) for number, file in enumerate(files.parquet)]
            self._db.executemany("INSERT INTO files VALUES (?, ?)", numbered)
            self._db.execute(
                f"INSERT INTO found SELECT * FROM (SELECT {_KEY} AS key, (number << {_ROW_BITS}) + file_row_number AS answer, "
                f"{moment} AS moment FROM {_parquet(files.parquet)} JOIN files USING (filename) "
                f"WHERE outcome <> 'failed') {wanted}"
            )
        if files.journals:
            (before,) = self._db.execute("SELECT count(*) FROM journaled").fetchone()
            longest = max(longest_line(journal) for journal in files.journals)
            rows = tables.from_journals(tables.file_list(files.journals), longest=longest)
            self._db.execute(
                f"INSERT INTO journaled SELECT {before} + row_number() OVER () - 1, * FROM (SELECT {_KEY} AS key, "
                f"{moment} AS moment, {', '.join(COLUMNS)} FROM {rows} WHERE outcome <> 'failed') {wanted}"
            )
            self._db.execute("INSERT INTO found SELECT key, -1 - number, moment FROM journaled WHERE number >= ?", [before])
        self._db.execute("INSERT INTO newest SELECT key, arg_max(answer, moment) FROM found GROUP BY key")
        self._db.execute("DROP TABLE found")

    def _name_places(self) -> None:
        self._db.execute("CREATE OR REPLACE TABLE variant_names (number INTEGER, name VARCHAR)")
        self._db.executemany("INSERT INTO variant_names VALUES (?, ?)", list(enumerate(self.variants)))
        self._db.execute("CREATE OR REPLACE TABLE fixture_names (number INTEGER, id VARCHAR)")
        for start in range(0, len(self._ids), tables.BATCH):
            ids = np.array(self._ids[start : start + tables.BATCH], dtype=object)
            self._db.register("batch", {"number": np.arange(start, start + len(ids)), "id": ids})
            self._db.execute("INSERT INTO fixture_names SELECT number, id::VARCHAR FROM batch")
            self._db.unregister("batch")

    def _choose(self) -> None:
        self._db.execute(
            f"CREATE OR REPLACE TABLE chosen AS SELECT place, answer, (place // {self.per_variant})::INTEGER AS variant, "
            f"(place % {self.per_variant} // {self._repeats})::INTEGER AS fixture FROM plan JOIN newest USING (key)"
        )

    def _broken(self, folders: Sequence[Path]) -> dict[Path, str]:
        """The folders that cannot be read to their end, and why, one line."""
        broken = {}
        for folder in folders:
            try:
                for _ in stream_responses(folder):
                    pass
            except StoreError as error:
                broken[folder] = error.faults[0].message.removeprefix("cannot be read: ")
        return broken


def _parquet(files: Iterable[Path]) -> str:
    """Return the SQL of the rows of some files with their file and their number in it."""
    return f"read_parquet({tables.file_list(files)}, union_by_name = true, filename = true, file_row_number = true)"
