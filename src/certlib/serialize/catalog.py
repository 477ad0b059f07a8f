"""The catalog file ``certlib.catalog/1``: trainings and certifications, read from JSON and written.

A catalog is read whole or not at all, and everything that is wrong with it is told at once, each
problem with its JSON path. The tables below are the format. Stores keep single trainings and
certifications in the same form.
"""

from __future__ import annotations

import json
import re
from typing import Final, cast

from attrs import frozen

from certlib.certifications import (
    Access,
    Certification,
    Classroom,
    Curriculum,
    Exam,
    External,
    Online,
    Path,
    Step,
    TestOut,
    Version,
    VersionState,
)
from certlib.errors import InvalidCatalogError, InvalidValueError, Problem, printable
from certlib.requirements import AllOf, AnyOf, AtLeast, Completed, Requirement
from certlib.serialize import checks
from certlib.serialize.codecs import (
    Choice,
    Codec,
    Each,
    Flag,
    KindOnly,
    Kinds,
    Naming,
    Nested,
    Shape,
    Text,
    Whole,
    read_with,
    write_with,
)
from certlib.serialize.nodes import JsonObject, Node, ProblemCode
from certlib.serialize.policies import DAY, POLICY
from certlib.trainings import Training, TrainingKind

__all__ = [
    "FORMAT",
    "Catalog",
    "catalog_document",
    "certification_document",
    "read_catalog",
    "read_catalog_text",
    "read_certification",
    "read_training",
    "training_document",
]

FORMAT: Final = "certlib.catalog/1"

_DEEPEST = 20
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@frozen(kw_only=True)
class Catalog:
    """What can be completed, and what can be earned by it."""

    trainings: tuple[Training, ...] = ()
    certifications: tuple[Certification, ...] = ()


# --- the tables -------------------------------------------------------------------------------


def _code(text: str) -> str:
    return Completed(training=text).training


def _text(text: str) -> str:
    if _UNFIT.search(text):
        raise InvalidValueError("the text", printable(text), "no control characters")
    return text


_CODE = Text(_code, ProblemCode.BAD_CODE, "a code: 1 to 200 printable characters, no outer spaces")
_TEXT = Text(_text, ProblemCode.BAD_TEXT, "a text without control characters")
_MODULES = Each(Naming(_CODE, as_module=True))

_TRAINING = Shape(
    Training,
    {
        "code": _CODE,
        "kind": Choice(TrainingKind, ProblemCode.UNKNOWN_KIND),
        "name": _TEXT,
        "external_ids": Each(_CODE),
        "modules": _MODULES,
        "optional_modules": _MODULES,
    },
    checks=(checks.once_each, checks.no_modules_in_modules),
)

_REQUIREMENT: Codec[Requirement] = Nested(lambda: _REQUIREMENTS, _DEEPEST)
_PARTS = Each(_REQUIREMENT, some=True)
_REQUIREMENTS: Codec[Requirement] = Kinds(
    {
        "completed": Shape(Completed, {"training": Naming(_CODE)}),
        "all_of": Shape(AllOf, {"of": _PARTS}),
        "any_of": Shape(AnyOf, {"of": _PARTS}),
        "at_least": Shape(
            AtLeast, {"count": Whole(), "of": _PARTS}, checks=(checks.count_within_parts,)
        ),
    }
)

_PATH: Codec[Path] = Kinds(
    {
        "online": Shape(Online, {"requires": _REQUIREMENT}),
        "classroom": Shape(Classroom, {"requires": _REQUIREMENT}),
        "external": Shape(External, {"instructions": _TEXT}),
        "test_out": Shape(TestOut, {"code": _CODE}),
    }
)
_STEP = Shape(Step, {"code": _CODE, "name": _TEXT, "paths": Each(_PATH, some=True)})
_EXAM = Shape(Exam, {"code": _CODE, "name": _TEXT})
_CURRICULUM = Shape(
    Curriculum, {"steps": Each(_STEP, once="code"), "exam": _EXAM}, checks=(checks.some_way,)
)
_VERSION = Shape(
    Version,
    {
        "number": Whole(),
        "state": Choice(VersionState),
        "published_on": DAY,
        "initial": _CURRICULUM,
        "recertification": _CURRICULUM,
        "policy": POLICY,
    },
    checks=(checks.publication,),
)
_CERTIFICATION = Shape(
    Certification,
    {
        "code": _CODE,
        "name": _TEXT,
        "active": Flag(),
        "access": KindOnly(Choice(Access, ProblemCode.UNKNOWN_KIND)),
        "eligibility": _REQUIREMENT,
        "versions": Each(_VERSION, once="number"),
    },
)
_CATALOG = Shape(
    Catalog,
    {
        "trainings": Each(_TRAINING, once="code"),
        "certifications": Each(_CERTIFICATION, once="code"),
    },
    checks=(checks.named_trainings, checks.external_ids),
)


class _CatalogFile:
    """The top of the file, which says its format beside its keys."""

    expected = "an object with format, trainings, certifications"

    def read(self, node: Node) -> Catalog | None:
        if not node.is_object(self.expected):
            return None
        if not node.has("format"):
            node.missing("format", FORMAT)
        elif node.peek("format") != FORMAT:
            node.child("format").refuse(ProblemCode.UNKNOWN_FORMAT, FORMAT)
        return _CATALOG.read(node, beside=("format",))

    def write(self, value: Catalog) -> dict[str, object]:
        return {"format": FORMAT, "trainings": [], "certifications": [], **_CATALOG.write(value)}


# --- what others call -------------------------------------------------------------------------


def read_catalog(document: object) -> Catalog:
    """Return the catalog that a parsed JSON document describes.

    Raises:
        InvalidCatalogError: With every problem there is.

    >>> try:
    ...     read_catalog({"format": "certlib.catalog/1", "trainings": [{"code": "A", "kind": "curse"}]})
    ... except InvalidCatalogError as error:
    ...     for problem in error.problems:
    ...         print(problem)
    $.trainings[0].kind: found 'curse', expected one of module, course (did you mean course?) (unknown_kind)
    $.trainings[0].name: missing, expected a text without control characters (missing_key)
    """
    return read_with(_CatalogFile(), document, "$")


def read_catalog_text(text: str) -> Catalog:
    """Return the catalog that a JSON text describes: the contents of a catalog file.

    It is JSON to the letter: the same key twice in one object, and NaN, are problems. A byte order
    mark before it is ignored.

    Raises:
        InvalidCatalogError: With every problem there is; of a text that is not JSON, the first.
    """
    try:
        document: object = json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=JsonObject, parse_int=_number
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _unreadable(ProblemCode.NOT_JSON, f"not JSON at {place}: {error.msg}") from None
    except RecursionError:
        raise _unreadable(ProblemCode.TOO_DEEP, "nested too deep to be read") from None
    return read_catalog(document)


def _number(digits: str) -> object:
    # Python refuses thousands of digits. No number here may be that great: its size is enough.
    return int(digits) if len(digits) < 600 else float(digits)


def _unreadable(code: ProblemCode, message: str) -> InvalidCatalogError:
    return InvalidCatalogError((Problem(path="$", code=code.value, message=message),))


def catalog_document(catalog: Catalog) -> dict[str, object]:
    """Return a catalog as JSON values, without the keys that have their defaults."""
    return cast("dict[str, object]", write_with(_CatalogFile(), catalog))


def read_training(document: object, path: str = "$") -> Training:
    """Return the training that a document describes; raise `InvalidCatalogError`."""
    return read_with(_TRAINING, document, path)


def training_document(training: Training) -> dict[str, object]:
    """Return a training as JSON values.

    >>> training_document(Training(code="FORK", kind=TrainingKind.COURSE, name="Forklift safety"))
    {'code': 'FORK', 'kind': 'course', 'name': 'Forklift safety'}
    """
    return cast("dict[str, object]", write_with(_TRAINING, training))


def read_certification(document: object, path: str = "$") -> Certification:
    """Return the certification that a document describes; raise `InvalidCatalogError`.

    Whether the trainings that it names are there is not known here.

    >>> read_certification({"code": "FIRE-1", "access": {"kind": "assigned_only"}}).access.name
    'ASSIGNED_ONLY'
    """
    return read_with(_CERTIFICATION, document, path)


def certification_document(certification: Certification) -> dict[str, object]:
    """Return a certification as JSON values, without the keys that have their defaults.

    >>> certification_document(Certification(code="FIRE-1", access=Access.BY_REQUEST))
    {'code': 'FIRE-1', 'access': {'kind': 'by_request'}}
    """
    return cast("dict[str, object]", write_with(_CERTIFICATION, certification))
