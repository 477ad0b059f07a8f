"""The same seeded sample of mutants, before a change of the code and after it.

    python -m benchmarks.mutants sample --tree OLD --into FOLDER [--count 1500] [--seed 11]
    python -m benchmarks.mutants run --tree OLD --into FOLDER [--most N] [--seconds N]
    python -m benchmarks.mutants map --sample FOLDER --tree NEW --into FOLDER2 [--renames FILE ...]
    python -m benchmarks.mutants run --tree NEW --into FOLDER2
    python -m benchmarks.mutants compare FOLDER FOLDER2

mutmut 3.8 makes the mutants, and only `sample` and `map` need it. Its own runner leaves out decorated
functions and lambdas outside functions; here they take part, since guards are often one or the
other. A mutant is known by its function's name without the module, and by what it changes, so it
is found again in another file. `map` looks for it in five ways, from strict to lenient, and says
which one found it.

`run` collects the tests that `[tool.mutmut]` of the tree names, once, notes which test reaches which
function, and forks for each mutant: the fork exchanges the code of the function and runs the tests that
reach it, the quickest first, until one fails. A function that runs at import, and a mutant
that changes a default, cannot be judged so: what survives there is tried once more in a new process, with the
changed file in a copy of the tree. Time limits count the processor's time, so other load changes no result.

A folder holds `sample.jsonl` (a mutant a line, in the sample's order), `sources/` (the changed file of each),
`reach.json` and `results.jsonl`. `run` goes on where it stopped; it may be stopped at any time.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Final, TypeAlias

Mutant: TypeAlias = dict[str, Any]
Changed: TypeAlias = Callable[[], str]
"""Makes the changed text of the file, which takes a while."""

SEED: Final = 11
COUNT: Final = 1500
WINGS: Final = ("state", "policies")
LEFT_OUT: Final = ("src/certlib/state/check.py",)
"""The tests of exploration are walks, which the configuration of mutmut leaves out."""
KILLED, SURVIVED, TIMED_OUT, UNTESTED = "killed", "survived", "timeout", "no test reaches it"
OPTIMIZED: Final = 0x1
"""The flag of the code of functions, as against that of modules and classes."""

# --- making mutants -------------------------------------------------------------------------------


def mutants_of(tree: Path, path: Path) -> Iterator[tuple[Mutant, Changed]]:
    """Yield every mutant of a file, with what makes the changed text of the file."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider
    from mutmut.mutation import file_mutation as m
    from mutmut.mutation.pragma_handling import get_ignored_lines

    class Visitor(m.MutationVisitor):  # type: ignore[misc, unused-ignore]
        """Mutmut's, and into what is decorated."""

        def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
            if isinstance(node, cst.FunctionDef) and node.decorators:
                return node.name.value in m.NEVER_MUTATE_FUNCTION_NAMES
            if isinstance(node, cst.Decorator):  # for its lambdas; what else is in it has no owner
                return False
            return bool(super()._skip_node_and_children(node))

    source = path.read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = Visitor(m.mutation_operators, get_ignored_lines(str(path), source, wrapper), None)
    wrapper.visit(visitor)
    module = wrapper.module
    owners = _owners(module)
    positions = wrapper.resolve(PositionProvider)
    seen: Counter[tuple[str, str, str]] = Counter()
    for mutation in visitor.mutations:
        found = owners.get(mutation.original_node)
        if found is None:
            continue
        name, statement = found
        before = module.code_for_node(mutation.original_node)
        after = module.code_for_node(mutation.mutated_node)
        old = module.code_for_node(statement)
        new_statement = m.deep_replace(statement, mutation.original_node, mutation.mutated_node)
        assert isinstance(new_statement, cst.CSTNode)
        new = module.code_for_node(new_statement)
        if old == new:
            continue
        ordinal = seen[name, before, after]
        seen[name, before, after] += 1
        yield (
            {
                "file": path.relative_to(tree).as_posix(),
                "line": positions[mutation.original_node].start.line,
                "function": name,
                "before": before,
                "after": after,
                "ordinal": ordinal,
                "diff": _difference(old, new),
            },
            partial(_changed, module, statement, new_statement),
        )


def _changed(module: Any, statement: Any, new_statement: Any) -> str:
    """Return the text of a module with another statement in the place of one."""
    from mutmut.mutation.file_mutation import ChildReplacementTransformer

    text: str = module.visit(ChildReplacementTransformer(statement, new_statement)).code
    return text


def _owners(module: Any) -> dict[Any, tuple[str, Any]]:
    """Return for every node within a function the function's name, and the statement it stands in."""
    import libcst as cst

    owners: dict[Any, tuple[str, Any]] = {}

    def mark(node: Any, name: str, statement: Any) -> None:
        owners[node] = name, statement
        for child in node.children:
            mark(child, name, statement)

    def mark_lambdas(node: Any, name: str, statement: Any) -> None:
        if isinstance(node, cst.Lambda):
            mark(node.body, name, statement)
            return
        for child in node.children:
            mark_lambdas(child, name, statement)

    def walk(statements: Iterable[Any], prefix: str) -> None:
        for statement in statements:
            if isinstance(statement, cst.FunctionDef):
                name = f"{prefix}{statement.name.value}"
                for decorator in statement.decorators:
                    mark_lambdas(decorator, name, statement)
                mark(statement.params, name, statement)
                mark(statement.body, name, statement)
            elif isinstance(statement, cst.ClassDef):
                if isinstance(statement.body, cst.IndentedBlock):
                    walk(statement.body.body, f"{prefix}{statement.name.value}.")
            else:
                written = module.code_for_node(statement).strip()
                target = re.match(r"\w+", re.sub(r"^(#.*\n|\s)*", "", written))
                mark_lambdas(statement, f"{prefix}{target.group() if target else ''}", statement)

    walk(module.body, "")
    return owners


def _difference(old: str, new: str) -> str:
    """Return the lines that go and those that come, without places."""
    lines = list(
        difflib.unified_diff(
            textwrap.dedent(old).splitlines(), textwrap.dedent(new).splitlines(), lineterm="", n=0
        )
    )
    return "\n".join(line[0] + line[1:].strip() for line in lines[2:] if line[0] in "+-")


def name_of(mutant: Mutant) -> str:
    text = "\0".join((mutant["function"], mutant["diff"], str(mutant["ordinal"])))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def every_mutant(tree: Path, folders: Sequence[str]) -> list[tuple[Mutant, Changed]]:
    """Return all mutants of these folders of `certlib`, in an order that no name of a file changes."""
    previous = Path.cwd()
    os.chdir(tree)  # mutmut reads its configuration there
    try:
        found = [
            pair
            for folder in folders
            for path in sorted((tree / "src" / "certlib" / folder).rglob("*.py"))
            if path.relative_to(tree).as_posix() not in LEFT_OUT
            for pair in mutants_of(tree, path)
        ]
    finally:
        os.chdir(previous)
    for mutant, _ in found:
        mutant["name"] = name_of(mutant)
    known: set[str] = set()
    for mutant, _ in found:  # two functions of one name with the same text: told apart by number
        base, number = mutant["name"], 1
        while mutant["name"] in known:
            number += 1
            mutant["name"] = f"{base}-{number}"
        known.add(mutant["name"])
    return sorted(found, key=lambda pair: pair[0]["name"])


def keep(folder: Path, chosen: Sequence[tuple[Mutant, Changed]]) -> None:
    sources = folder / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    with (folder / "sample.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for mutant, text in chosen:
            (sources / f"{mutant['name']}.py").write_text(text(), encoding="utf-8", newline="\n")
            file.write(json.dumps(mutant, ensure_ascii=False) + "\n")


def sample(options: argparse.Namespace) -> int:
    found = every_mutant(options.tree, WINGS)
    chosen = random.Random(options.seed).sample(found, min(options.count, len(found)))
    keep(options.into, chosen)
    print(f"{len(chosen)} of {len(found)} mutants, seed {options.seed}")
    return 0


# --- finding them again ---------------------------------------------------------------------------

Key: TypeAlias = tuple[object, ...]


def _short(function: str) -> str:
    """Return a function's name without its class, and without leading underscores."""
    return function.rpartition(".")[2].lstrip("_")


def _squeezed(text: str) -> str:
    return re.sub(r"[\s,()]+", "", text)


WAYS: Final = (
    "same name and difference",
    "same name and change",
    "short name and change",
    "difference alone",
    "change alone",
)
"""How a mutant may be found again, the strictest way first."""


def key_of(mutant: Mutant, way: str, renames: dict[str, str]) -> Key:
    """Return what two mutants have in common that are the same in a way."""

    def renamed(text: str) -> str:
        if not renames:
            return text
        return re.sub(r"\w+", lambda word: renames.get(word.group(), word.group()), text)

    function, difference = renamed(mutant["function"]), renamed(mutant["diff"])
    change = _squeezed(renamed(mutant["before"])), _squeezed(renamed(mutant["after"]))
    if way == "same name and difference":
        return function, difference, mutant["ordinal"]
    if way == "same name and change":
        return function, *change, mutant["ordinal"]
    if way == "short name and change":
        return _short(function), *change, mutant["ordinal"]
    return (_squeezed(difference),) if way == "difference alone" else change


def match(
    wanted: Sequence[Mutant],
    found: Sequence[tuple[Mutant, Changed]],
    renames: Sequence[dict[str, str]],
) -> tuple[list[tuple[Mutant, Changed]], list[Mutant]]:
    """Return the mutants of another tree for those wanted, and what has none there.

    The two lenient ways count only where one mutant alone is left that fits.
    """
    left = list(wanted)
    taken: set[str] = set()
    matched: dict[str, tuple[Mutant, Changed]] = {}
    for way in WAYS:
        places: dict[Key, list[tuple[Mutant, Changed]]] = defaultdict(list)
        for mutant, text in found:
            if mutant["name"] not in taken:
                places[key_of(mutant, way, {})].append((mutant, text))
        still = []
        for mutant in left:
            fitting = [
                each
                for named in ({}, *renames)
                for each in places[key_of(mutant, way, named)]
                if each[0]["name"] not in taken
            ]
            if not fitting or (
                way.endswith("alone") and len({each[0]["name"] for each in fitting}) > 1
            ):
                still.append(mutant)
                continue
            there, text = fitting[0]
            taken.add(there["name"])
            matched[mutant["name"]] = ({**there, "old": mutant["name"], "way": way}, text)
        left = still
    return [matched[each["name"]] for each in wanted if each["name"] in matched], left


def map_sample(options: argparse.Namespace) -> int:
    wanted = read_lines(options.sample / "sample.jsonl")
    renames = [json.loads(path.read_text(encoding="utf-8")) for path in options.renames or ()]
    folders = [
        name
        for name in (*WINGS, "audit", "pictures", "testing")
        if (options.tree / "src" / "certlib" / name).is_dir()
    ]
    found = every_mutant(options.tree, folders)
    matched, left = match(wanted, found, renames)
    # For each that is gone, another of the new tree that no mutant of the sample became.
    taken = {mutant["name"] for mutant, _ in matched}
    old_places = {(each["function"], _squeezed(each["diff"])) for each in wanted}
    core = tuple(f"src/certlib/{wing}/" for wing in WINGS)
    fresh = [
        ({**mutant, "old": None, "way": "instead of one that is gone"}, text)
        for mutant, text in found
        if mutant["name"] not in taken
        and mutant["file"].startswith(core)
        and (mutant["function"], _squeezed(mutant["diff"])) not in old_places
    ]
    instead = random.Random(SEED).sample(fresh, min(len(left), len(fresh)))
    keep(options.into, [*matched, *instead])
    with (options.into / "gone.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in left)
    for way, number in Counter(mutant["way"] for mutant, _ in matched).most_common():
        print(f"{number:6} found again: {way}")
    print(f"{len(left):6} gone (gone.jsonl), {len(instead)} others drawn instead")
    return 0


# --- running them ---------------------------------------------------------------------------------


def read_lines(path: Path) -> list[Mutant]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def configuration(tree: Path) -> dict[str, Any]:
    text = (tree / "pyproject.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(text)["tool"]["mutmut"]
    return found


def run(options: argparse.Namespace) -> int:
    """Run the tests in a process of their own, from the tree's root and with its sources."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(options.tree / "src"),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CI": "1",
        # As many examples as where nobody asks for more, and the same ones every time.
        "HYPOTHESIS_PROFILE": "ci",
    }
    command = [sys.executable, str(Path(__file__).resolve()), "worker"]
    command += ["--tree", str(options.tree), "--into", str(options.into)]
    command += ["--most", str(options.most), "--seconds", str(options.seconds)]
    return subprocess.run(command, cwd=options.tree, env=environment, check=False).returncode


def worker(options: argparse.Namespace) -> int:
    import pytest

    sys.path[0] = str(options.tree)
    settings = configuration(options.tree)
    plugin = Runner(options.tree, options.into, options.most, options.seconds)
    sys.setprofile(plugin.note)
    arguments = [
        *settings["pytest_add_cli_args"],
        *settings["pytest_add_cli_args_test_selection"],
        "-q",
    ]
    return int(pytest.main(arguments, plugins=[plugin]))


def function_of(code: CodeType) -> str:
    return f"{code.co_filename}:{code.co_qualname.partition('.<locals>')[0]}"


def signature(code: CodeType) -> tuple[object, ...]:
    """Return what a code does, without its lines."""
    return (
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_flags,
        code.co_exceptiontable,
        tuple(
            signature(each) if isinstance(each, CodeType) else (type(each), repr(each))
            for each in code.co_consts
        ),
    )


def exchanges(old: CodeType, new: CodeType) -> tuple[list[tuple[CodeType, CodeType]], bool]:
    """Return the functions whose code differs, old and new, and whether anything outside them does."""

    def inner(code: CodeType) -> list[CodeType]:
        return [each for each in code.co_consts if isinstance(each, CodeType)]

    def own(code: CodeType) -> tuple[object, ...]:
        constants = tuple(
            (type(each), repr(each)) for each in code.co_consts if not isinstance(each, CodeType)
        )
        return code.co_code, code.co_names, constants

    olds, news = inner(old), inner(new)
    if len(olds) != len(news) or own(old) != own(new):
        # A default is loaded by the module; the functions are still told apart, one by one.
        outside = True
        if len(olds) != len(news):
            return [], True
    else:
        outside = False
    found = []
    for before, after in zip(olds, news, strict=True):
        if before.co_flags & OPTIMIZED:
            if signature(before) != signature(after):
                found.append((before, after))
        else:
            deeper, beside = exchanges(before, after)
            found += deeper
            outside = outside or beside
    return found, outside


class Runner:
    """Runs the mutants instead of the tests, once these are collected."""

    def __init__(self, tree: Path, folder: Path, most: int, seconds: float) -> None:
        self.tree, self.folder = tree, folder
        self.most, self.until = most or 10**9, time.monotonic() + (seconds or 10**9)
        self.prefix = str(tree / "src" / "certlib")
        self.at_import: set[str] = set()
        self.noted = self.at_import

    def note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(self.prefix):
            self.noted.add(function_of(frame.f_code))

    def pytest_runtestloop(self, session: Any) -> bool:
        sys.setprofile(None)
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        items = {item.nodeid: item for item in session.items}
        reach = self._reach(list(items.values()))
        broken = [name for name, (_, reached) in reach.items() if reached is None]
        if broken:
            print(f"{len(broken)} tests fail without a mutant and have no part in it: {broken[:5]}")
        done = {each["name"] for each in read_lines(self.folder / "results.jsonl")}
        gc.collect()
        gc.freeze()
        self._control(items, reach)
        with (self.folder / "results.jsonl").open("a", encoding="utf-8", newline="\n") as file:
            for mutant in read_lines(self.folder / "sample.jsonl"):
                if mutant["name"] in done:
                    continue
                if not self.most or time.monotonic() > self.until:
                    break
                self.most -= 1
                begun = time.monotonic()
                found = {"name": mutant["name"], **self._judge(mutant, items, reach)}
                found["seconds"] = round(time.monotonic() - begun, 2)
                file.write(json.dumps(found, ensure_ascii=False) + "\n")
                file.flush()
        return True

    # What each test takes, and which functions it reaches.

    def _reach(self, items: list[Any]) -> dict[str, tuple[float, list[str] | None]]:
        path = self.folder / "reach.json"
        if not path.exists():
            child = os.fork()
            if child == 0:
                os._exit(self._note_reach(items, path))
            _, code = os.waitpid(child, 0)
            if code:
                raise RuntimeError(f"the tests could not be measured: {code}")
        found: dict[str, tuple[float, list[str] | None]] = json.loads(
            path.read_text(encoding="utf-8")
        )
        return found

    def _note_reach(self, items: list[Any], path: Path) -> int:
        try:
            found: dict[str, tuple[float, list[str] | None]] = {}
            for item, following in zip(items, [*items[1:], None], strict=True):
                self.noted = set()
                begun = time.process_time()
                sys.setprofile(self.note)
                passed = self._passes(item, following)
                sys.setprofile(None)
                found[item.nodeid] = (
                    round(time.process_time() - begun, 4),
                    sorted(self.noted) if passed else None,
                )
            path.write_text(json.dumps(found), encoding="utf-8")
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            return 1
        return 0

    @staticmethod
    def _passes(item: Any, following: Any) -> bool:
        from _pytest.runner import runtestprotocol

        return not any(
            report.failed for report in runtestprotocol(item, nextitem=following, log=False)
        )

    def _control(
        self, items: dict[str, Any], reach: dict[str, tuple[float, list[str] | None]]
    ) -> None:
        """Run all tests, in the order in which mutants get them, on code that nothing changed."""
        order = sorted((took, name) for name, (took, found) in reach.items() if found is not None)
        code = self._passes.__code__
        found = self._forked([items[name] for _, name in order], [(code, code)], 3600)
        if found["result"] != SURVIVED:
            raise RuntimeError(f"tests fail without a mutant, in another order: {found}")
        print(f"control: {len(order)} tests pass without a mutant")

    # One mutant.

    def _judge(
        self,
        mutant: Mutant,
        items: dict[str, Any],
        reach: dict[str, tuple[float, list[str] | None]],
    ) -> dict[str, Any]:
        path = self.tree / mutant["file"]
        source = (self.folder / "sources" / f"{mutant['name']}.py").read_text(encoding="utf-8")
        old = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        try:
            new = compile(source, str(path), "exec", dont_inherit=True)
        except SyntaxError:
            return {"result": KILLED, "by": "no Python"}
        changed, outside = exchanges(old, new)
        if not changed and not outside:
            return {"result": SURVIVED, "tests": 0, "by": "the compiler makes the same code of it"}
        functions = {function_of(before) for before, _ in changed}
        at_import = outside or bool(functions & self.at_import)
        chosen = sorted(
            (seconds, name)
            for name, (seconds, reached) in reach.items()
            if reached is not None and not functions.isdisjoint(reached) and name in items
        )
        found: dict[str, Any] = {"result": UNTESTED, "tests": 0}
        if chosen and changed:
            limit = int(20 + 5 * sum(seconds for seconds, _ in chosen))
            found = self._forked([items[name] for _, name in chosen], changed, limit)
        if found["result"] in {SURVIVED, UNTESTED} and at_import:
            found = self._anew(mutant, source)
        return found

    def _forked(
        self, items: list[Any], changed: list[tuple[CodeType, CodeType]], limit: int
    ) -> dict[str, Any]:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            code = 3
            try:
                os.close(reader)
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
                resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
                signal.alarm(limit * 60)
                code = self._try(items, changed, writer)
            finally:
                os._exit(code)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as pipe:
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            if os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM}:
                return {"result": TIMED_OUT, "tests": len(items)}
            return {"result": KILLED, "by": f"signal {os.WTERMSIG(status)}"}
        code = os.WEXITSTATUS(status)
        if code == 0:
            return {"result": SURVIVED, "tests": len(items)}
        return {"result": KILLED, "by": told or f"exit code {code}", "tests": len(items)}

    def _try(self, items: list[Any], changed: list[tuple[CodeType, CodeType]], writer: int) -> int:
        replaced = dict(changed)
        gc.unfreeze()
        count = 0
        for each in gc.get_objects():
            if type(each) is FunctionType and each.__code__ in replaced:
                each.__code__ = replaced[each.__code__]
                count += 1
        if not count:
            return 0  # it is not alive: it was called at import alone, if at all
        for item, following in zip(items, [*items[1:], None], strict=True):
            if not self._passes(item, following):
                os.write(writer, item.nodeid.encode())
                return 1
        return 0

    def _anew(self, mutant: Mutant, source: str) -> dict[str, Any]:
        """Run all tests with the changed file in a copy of the tree."""
        copy = self.folder / "copy"
        if not copy.exists():
            names = ("src", "tests", "tools", "benchmarks", "examples", "docs")
            for name in names:
                if (self.tree / name).is_dir():
                    shutil.copytree(
                        self.tree / name, copy / name, ignore=shutil.ignore_patterns("__pycache__")
                    )
            for file in self.tree.iterdir():
                if file.is_file() and file.name != ".git":
                    shutil.copy(file, copy / file.name)
        place = copy / mutant["file"]
        place.write_text(source, encoding="utf-8", newline="\n")
        settings = configuration(self.tree)
        limit = 600
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            *settings["pytest_add_cli_args"],
            *settings["pytest_add_cli_args_test_selection"],
        ]
        try:
            done = subprocess.run(
                command,
                cwd=copy,
                env={**os.environ, "PYTHONPATH": str(copy / "src")},
                capture_output=True,
                text=True,
                check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
            )
        finally:
            shutil.copy(self.tree / mutant["file"], place)
        if done.returncode == 0:
            return {"result": SURVIVED, "tests": "all", "by": "a new process"}
        if done.returncode < 0:
            return {"result": TIMED_OUT, "tests": "all"}
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
        return {"result": KILLED, "by": failed.group(1) if failed else "import", "tests": "all"}


# --- results --------------------------------------------------------------------------------------


def show(mutant: Mutant) -> str:
    return f"{mutant['file']}:{mutant['line']} {mutant['function']}\n" + textwrap.indent(
        mutant["diff"], "    "
    )


def compare(options: argparse.Namespace) -> int:
    """Print both counts, and what survives after that did not before; exit 1 where there is any."""
    folders = [folder for folder in (options.before, options.after) if folder is not None]
    results = []
    for folder in folders:
        known = {each["name"]: each for each in read_lines(folder / "results.jsonl")}
        results.append(known)
        total = len(read_lines(folder / "sample.jsonl"))
        counts = Counter(each["result"] for each in known.values())
        told = ", ".join(f"{number} {word}" for word, number in counts.most_common())
        print(f"{folder.name}: {len(known)} of {total} run: {told}")
    alive = {SURVIVED, UNTESTED}
    if len(folders) == 1:
        for mutant in read_lines(folders[0] / "sample.jsonl"):
            found = results[0].get(mutant["name"])
            if found and found["result"] in alive:
                print(f"\n{found['result']}: {show(mutant)}")
        return 0
    more = 0
    for mutant in read_lines(folders[1] / "sample.jsonl"):
        found = results[1].get(mutant["name"])
        if found is None or found["result"] not in alive:
            continue
        before = results[0].get(mutant["old"] or "")
        if before is None or before["result"] not in alive:
            more += 1
            was = before["result"] if before else "not run" if mutant["old"] else "not there"
            print(f"\nsurvives now, {was} before: {show(mutant)}")
    print(f"\n{more} survive after that did not before")
    return int(more > 0)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants")
    verbs = parser.add_subparsers(required=True)
    folder: dict[str, Any] = {"type": lambda text: Path(text).resolve(), "required": True}

    def verb(name: str, call: Any) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=call.__doc__)
        added.set_defaults(call=call)
        return added

    sampling = verb("sample", sample)
    mapping = verb("map", map_sample)
    running = verb("run", run)
    working = verb("worker", worker)
    for each in (sampling, mapping, running, working):
        each.add_argument("--tree", **folder)
        each.add_argument("--into", **folder)
    sampling.add_argument("--count", type=int, default=COUNT)
    sampling.add_argument("--seed", type=int, default=SEED)
    mapping.add_argument("--sample", **folder)
    mapping.add_argument(
        "--renames",
        type=Path,
        action="append",
        help="JSON: old name to new name; several are tried",
    )
    for each in (running, working):
        each.add_argument("--most", type=int, default=0, help="at most so many, 0: all")
        each.add_argument("--seconds", type=float, default=0, help="begin none later than this")
    comparing = verb("compare", compare)
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path, nargs="?")
    options = parser.parse_args(arguments)
    return int(options.call(options))


if __name__ == "__main__":
    sys.exit(main())
