"""Which tests reach a line: a pytest plugin that notes it, and what reads the notes.

    coverage run --rcfile=RC -m pytest -p benchmarks.mutants_map tests/runs

The contexts of coverage.py are the tests' functions; a fixture that several tests share has one of
its own, for all tests that ask for it. Processes that a test starts inherit its context.
"""

import ast
import importlib
import json
import os
import pkgutil
import sys
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import coverage
import pytest

import digitscope

CONTEXT = "MUTANTS_CONTEXT"  # the variable that hands the context on to processes
NOTES = "MUTANTS_NOTES"  # the variable that names the file of the plugin's notes
IMPORT = "at import"
SETTINGS = """
[run]
include = {copy}/digitscope/*
data_file = {folder}/.coverage
context = ${{MUTANTS_CONTEXT-}}
parallel = true
patch = _exit
"""

_notes: dict[str, dict[str, Any]] = {"seconds": defaultdict(float), "fixtures": {}, "failed": {}}


def function_of(nodeid: str) -> str:
    """The test function: a mutant may change the parameters' names."""
    return nodeid.partition("[")[0]


@contextmanager
def _context(name: str) -> Iterator[None]:
    """What runs in here, here and in processes that it starts, is on account of `name`."""
    before, started = os.environ.get(CONTEXT, ""), time.perf_counter()
    _switch(name)
    try:
        yield
    finally:
        _switch(before)
        _notes["seconds"][name] += time.perf_counter() - started


def _switch(name: str) -> None:
    os.environ[CONTEXT] = name
    if measured := coverage.Coverage.current():
        measured.switch_context(name)


def pytest_collection_finish() -> None:
    """Import the whole package on nobody's account: what runs at import serves all tests."""
    for module in pkgutil.walk_packages(digitscope.__path__, "digitscope."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Function) -> Generator[None, Any, Any]:
    """A test, from its fixtures to their end, without what earlier tests left in caches."""
    _clear_caches()
    name = function_of(item.nodeid)
    _notes["fixtures"][name] = item.fixturenames
    with _context(name):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Generator[None, Any, Any]:
    """A shared fixture is made for the first test, and serves others."""
    if fixturedef.scope == "function":
        return (yield)
    with _context(f"fixture {fixturedef.argname}"):
        return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test that fails without a mutant says nothing about one."""
    if report.failed:
        _notes["failed"][function_of(report.nodeid)] = report.longreprtext[-1000:]


def pytest_sessionfinish() -> None:
    """Leave the notes."""
    Path(os.environ[NOTES]).write_text(json.dumps(_notes), "utf-8")


def _clear_caches() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("digitscope"):
            for value in list(vars(module).values()):
                if clear := getattr(value, "cache_clear", None):
                    clear()


class Reach:
    """The notes of all parts of the tests.

    Attributes:
        failed: tests that fail as things are, and why; they have no part in what follows.
    """

    def __init__(self, folder: Path) -> None:
        self._lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._seconds: dict[str, float] = {}
        self._fixtures: dict[str, set[str]] = {}
        self.failed: dict[str, str] = {}
        for path in sorted(folder.glob("*/notes.json")):
            notes = json.loads(path.read_text("utf-8"))
            self.failed |= notes["failed"]
            self._seconds |= notes["seconds"]
            self._add(path.parent, notes["fixtures"])

    def _add(self, folder: Path, fixtures: dict[str, list[str]]) -> None:
        users: dict[str, set[str]] = defaultdict(set, {"": {IMPORT}})
        for test in fixtures.keys() - self.failed.keys():
            self._fixtures[test] = {f"fixture {name}" for name in fixtures[test]}
            for name in (test, *self._fixtures[test]):
                users[name].add(test)
        for path in folder.glob(".coverage.*"):
            data = coverage.CoverageData(str(path))
            data.read()
            for file in data.measured_files():
                lines = self._lines["digitscope/" + file.rpartition("/digitscope/")[2]]
                for line, contexts in data.contexts_by_lineno(file).items():
                    lines[line].update(*(users[name] for name in contexts))

    def seconds(self, tests: Iterable[str]) -> float:
        """How long tests take together, each shared fixture made once."""
        fixtures = set().union(*(self._fixtures[test] for test in tests))
        return sum(self._seconds.get(name, 0) for name in (*tests, *fixtures))

    def tests(self, path: Path, line: int) -> list[str]:
        """The tests that reach the statement at `line`; what costs least comes first.

        What runs at import runs once, and counts for all tests that call a function of the module,
        or of one that imports from it, and for those in files that import from it. A function that
        nothing seems to enter may run in a process that is killed before it tells, as Ray's are: it
        counts for all tests of the module.
        """
        inside = function(path, line)
        tests = self._reaching(path, statement(path, line)) if inside else {IMPORT}
        if IMPORT in tests:
            tests = tests.union(*(self._callers(module) for module in (path, *importers(path))))
            tests |= self._users(path)
        elif not self._reaching(path, inside):
            tests = self._callers(path)
        return self._in_order(tests - {IMPORT})

    def _reaching(self, path: Path, wanted: Iterable[int]) -> set[str]:
        """The tests that reach any of the lines."""
        lines = self._lines[str(path)]
        return set[str]().union(*(lines.get(number, ()) for number in wanted))

    def _callers(self, path: Path) -> set[str]:
        """The tests that call a function of a module."""
        return self._reaching(
            path, (line for line in self._lines[str(path)] if function(path, line))
        )

    def _users(self, path: Path) -> set[str]:
        """The tests in files that import from a module."""
        files = {str(file) for file in importers(path, "tests")}
        return {test for test in self._fixtures if test.partition("::")[0] in files}

    def _in_order(self, tests: set[str]) -> list[str]:
        """File by file, as each makes its fixtures once."""
        files: dict[str, list[str]] = defaultdict(list)
        for test in sorted(tests):
            files[test.partition("::")[0]].append(test)
        return [test for file in sorted(files.values(), key=self.seconds) for test in file]


@cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


@cache
def importers(path: Path, folder: str = "digitscope") -> list[Path]:
    """The modules of a folder that import from a module."""
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    return [
        file
        for file in sorted(Path(folder).rglob("*.py"))
        for node in _nodes(file)
        if isinstance(node, ast.ImportFrom)
        and name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    ]


@cache
def function(path: Path, line: int) -> range:
    """The lines of the innermost function's body around a line; none outside of functions."""
    found = range(0)
    for node in _nodes(path):  # inner ones come after those around them
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
            found = body if line in body else found
    return found


@cache
def statement(path: Path, line: int) -> range:
    """The lines of the innermost statement at a line, without its body."""
    found = range(0)
    for node in _nodes(path):
        if isinstance(node, ast.stmt | ast.ExceptHandler):
            end, body = node.end_lineno or 0, getattr(node, "body", None)
            head = range(node.lineno, (max(node.lineno, body[0].lineno - 1) if body else end) + 1)
            found = head if node.lineno <= line <= end else found
    return found
