"""The page of all public names: what each is, how it is called, and the first sentence of its docstring.

Signatures, annotations and values are told as they are written in the source, which every Python reads alike.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache, cached_property
from inspect import Parameter, Signature
from types import FunctionType, ModuleType
from typing import Final, TypeGuard

from attrs import NOTHING, frozen

from tools.public_names import names_in, public_modules

Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign

_FIRST_SENTENCE: Final = re.compile(r".*?[.!?](?=\s|$)")
_PLACE: Final = re.compile(r"\bcertlib(\.\w+)*\.(?=[A-Z_a-z])")


@frozen
class Entry:
    """A public name of a module."""

    module: str
    name: str
    value: object
    home: str
    """The module that defines it."""
    node: Definition | None
    """Its definition there."""
    docstring: str

    @property
    def sentence(self) -> str:
        """The first sentence about it."""
        return _sentence(self.docstring)


@frozen
class _Source:
    """The definitions and imports of a module, by name."""

    definitions: dict[str, Definition]
    docstrings: dict[str, str]
    """Of assignments: the text that follows them."""
    imports: dict[str, tuple[str, str]]


@cache
def _source(module: str) -> _Source:
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    definitions: dict[str, Definition] = {}
    docstrings: dict[str, str] = {}
    imports: dict[str, tuple[str, str]] = {}
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    definitions[target.id] = node
                    docstrings[target.id] = _text_of(following)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                imports[alias.asname or alias.name] = node.module, alias.name
    return _Source(definitions, docstrings, imports)


def _text_of(node: ast.stmt | None) -> str:
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ):
        return inspect.cleandoc(node.value.value)
    return ""


def _entry(module: ModuleType, name: str) -> Entry:
    home, known_as = module.__name__, name
    while known_as not in _source(home).definitions and known_as in _source(home).imports:
        there, known_as_there = _source(home).imports[known_as]
        if not there.startswith("certlib"):
            break
        home, known_as = there, known_as_there
    node = _source(home).definitions.get(known_as)
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        docstring = ast.get_docstring(node) or ""
    else:
        docstring = _source(home).docstrings.get(known_as, "")
    return Entry(module.__name__, name, getattr(module, name), home, node, docstring)


def entries() -> Iterator[tuple[ModuleType, list[Entry]]]:
    """Yield every public module with its public names."""
    for module in public_modules():
        yield module, [_entry(module, name) for name in names_in(module)]


# --- what it is -----------------------------------------------------------------------------------


def _is_class(value: object) -> TypeGuard[type]:
    return isinstance(value, type)


def kind_of(entry: Entry) -> str:
    """Return what kind of thing it is, in a word or two."""
    value, node = entry.value, entry.node
    if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
        return "type alias"
    if _is_class(value):
        if issubclass(value, Enum):
            return "enumeration"
        if issubclass(value, Warning):
            return "warning"
        if issubclass(value, BaseException):
            return "exception"
        return "protocol" if getattr(value, "_is_protocol", False) else "class"
    if isinstance(value, FunctionType):
        return "function"
    return f"constant, `{type(value).__name__}`"


def call_of(entry: Entry) -> str:
    """Return how it is called, which members it has, or what it stands for; empty where neither is."""
    value, node = entry.value, entry.node
    if kind_of(entry) == "type alias" and isinstance(node, ast.AnnAssign) and node.value:
        return f"{entry.name} = {ast.unparse(node.value)}"
    if _is_class(value):
        if issubclass(value, Enum):
            return f"{entry.name}: {', '.join(value.__members__)}"
        if getattr(value, "_is_protocol", False):
            return ""
        return _made(entry.name, value)
    return _call(entry.name, value) if isinstance(value, FunctionType) else ""


def _made(name: str, kind: type) -> str:
    # As they are written; attrs may have resolved its own copies since.
    written = {
        field.lstrip("_"): text
        for each in reversed(kind.__mro__)
        for field, text in inspect.get_annotations(each).items()
    }
    try:
        return _call(name, kind, written, returns=False)
    except ValueError:  # it is made as the builtin that it extends
        return ""


def _call(
    name: str,
    value: Callable[..., object],
    written: Mapping[str, object] | None = None,
    *,
    returns: bool = True,
) -> str:
    """Return how something is called; ``written`` are annotations that count before its own."""
    signature = inspect.signature(value)
    parameters = [
        each.replace(annotation=(written or {}).get(each.name, each.annotation))
        for each in signature.parameters.values()
        if each.name not in {"self", "cls"}
    ]
    told: list[str] = []
    starred = False
    for number, each in enumerate(parameters):
        if each.kind is Parameter.KEYWORD_ONLY and not starred:
            told.append("*")
            starred = True
        told.append(_parameter(each))
        starred = starred or each.kind is Parameter.VAR_POSITIONAL
        last = number + 1 == len(parameters)
        following = None if last else parameters[number + 1].kind
        if each.kind is Parameter.POSITIONAL_ONLY and following is not Parameter.POSITIONAL_ONLY:
            told.append("/")
    answer = signature.return_annotation
    end = f" -> {_annotation(answer)}" if returns and answer is not Signature.empty else ""
    return f"{name}({', '.join(told)}){end}"


def _parameter(parameter: Parameter) -> str:
    text, annotation = parameter.name, parameter.annotation
    if parameter.kind is Parameter.VAR_POSITIONAL:
        text = f"*{text}"
    elif parameter.kind is Parameter.VAR_KEYWORD:
        text = f"**{text}"
    annotated = annotation is not Parameter.empty
    if annotated:
        text += f": {_annotation(annotation)}"
    if parameter.default is not Parameter.empty:
        text += f"{' = ' if annotated else '='}{_default(parameter.default)}"
    return text


def _annotation(annotation: object) -> str:
    """Return an annotation as it is written; attrs hands some on as types."""
    if annotation is None or annotation is type(None):
        return "None"
    if isinstance(annotation, str):
        return annotation.strip("'\"")
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return _PLACE.sub("", str(annotation).replace("typing.", "").replace("collections.abc.", ""))


def _default(value: object) -> str:
    """Return a default where it is a plain value; others would differ from run to run."""
    if value is NOTHING:  # attrs makes it
        return "..."
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if value is None or isinstance(value, bool | int | str) or value == ():
        return repr(value)
    return "..."


def methods_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield the public methods and properties of a class, as they are called, with their sentence."""
    if not _is_class(entry.value):
        return
    for name in sorted(dir(entry.value)):
        found = inspect.getattr_static(entry.value, name)
        if name.startswith("_"):
            continue
        if isinstance(found, classmethod | staticmethod):
            found = found.__func__
        if isinstance(found, property | cached_property):
            function = found.fget if isinstance(found, property) else found.func
            if function is not None and _is_ours(function):
                answer = inspect.signature(function).return_annotation
                yield f"{name}: {_annotation(answer)}", _sentence(inspect.getdoc(function) or "")
        elif isinstance(found, FunctionType) and _is_ours(found):
            yield _call(name, found), _sentence(inspect.getdoc(found) or "")


def _is_ours(function: Callable[..., object]) -> bool:
    return function.__module__.startswith("certlib")


def _sentence(text: str) -> str:
    """Return the first sentence of a docstring."""
    paragraph = text.partition("\n\n")[0].replace("\n", " ").strip()
    found = _FIRST_SENTENCE.match(paragraph)
    return found.group() if found else paragraph


# --- the page -------------------------------------------------------------------------------------


def api_parts() -> list[str]:
    """Return the parts of the page, a module after the other.

    What several modules make public is told once: where it is defined, if that module is public,
    and else in the module with the shortest path. The others point there.
    """
    found = list(entries())
    places: dict[tuple[str, int], str] = {}
    public = {module.__name__ for module, _ in found}
    for module, listed in sorted(
        found, key=lambda pair: (pair[0].__name__.count("."), pair[0].__name__)
    ):
        for entry in listed:
            at_home = entry.home if entry.home in public else module.__name__
            places.setdefault((entry.name, id(entry.value)), at_home)
    parts = []
    for module, listed in found:
        parts.append(f"## `{module.__name__}`")
        if introduction := inspect.getdoc(module):
            parts.append(introduction.partition("\n\n")[0])
        lines = [
            _told(entry, places[entry.name, id(entry.value)], module.__name__) for entry in listed
        ]
        if lines:
            parts.append("\n".join(lines))
    return parts


def _told(entry: Entry, place: str, module: str) -> str:
    if place != module:
        return f"- `{entry.name}`: see [{place}](#{place.replace('.', '')})"
    call, kind = call_of(entry), kind_of(entry)
    head = f"- `{call or entry.name}` ({kind})"
    lines = [f"{head}: {entry.sentence}" if entry.sentence else head]
    lines += [f"  - `{call}`: {sentence}" for call, sentence in methods_of(entry)]
    return "\n".join(lines)
