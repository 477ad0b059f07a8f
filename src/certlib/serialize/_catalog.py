"""The catalog file ``certlib.catalog/1``: trainings and certifications, read from JSON and written.

A catalog is read whole or not at all, and all its problems are reported at once, each with its JSON
path. Keys follow from the fields of the classes; what does not follow from them stands below. Stores
keep single trainings and certifications in the same form.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Final, cast

from attrs import frozen

from certlib.certifications import (
    Access,
    Certification,
    Curriculum,
    Step,
    Version,
)
from certlib.errors import InvalidCatalogError, Problem
from certlib.serialize import _checks as checks
from certlib.serialize._codecs import (
    Choice,
    Codec,
    Each,
    KindOnly,
    Naming,
    Shape,
    read_with,
    write_with,
)
from certlib.serialize._fields import CODE, shape_of
from certlib.serialize._kinds import KINDS, Kinds, codecs_of
from certlib.serialize._nodes import JsonObject, Node, ProblemCode
from certlib.serialize._policies import policy_shape
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


@frozen(kw_only=True)
class Catalog:
    """What can be completed, and what can be earned by it."""

    trainings: tuple[Training, ...] = ()
    certifications: tuple[Certification, ...] = ()


# --- the tables -------------------------------------------------------------------------------


_MODULES = Each(Naming(CODE, as_module=True))

_TRAINING = shape_of(
    Training,
    kind=Choice(TrainingKind, ProblemCode.UNKNOWN_KIND),
    external_ids=Each(CODE),
    modules=_MODULES,
    optional_modules=_MODULES,
    checks=(checks.once_each, checks.no_modules_in_modules),
)


@lru_cache(maxsize=64)
def _certification(kinds: Kinds) -> Shape[Certification]:
    """Return the codec of certifications with rules of these kinds."""
    own = codecs_of(kinds)
    step = shape_of(Step, paths=Each(own.path, some=True))
    curriculum = shape_of(Curriculum, steps=Each(step, once="code"), checks=(checks.some_way,))
    version = shape_of(
        Version,
        initial=curriculum,
        recertification=curriculum,
        policy=policy_shape(kinds),
        checks=(checks.publication,),
    )
    return shape_of(
        Certification,
        access=KindOnly(Choice(Access, ProblemCode.UNKNOWN_KIND)),
        eligibility=own.requirement,
        versions=Each(version, once="number"),
    )


@frozen
class _CatalogFile:
    """The top of the file, which says its format beside its keys."""

    catalog: Shape[Catalog]
    expected: str = "an object with format, trainings, certifications"

    def read(self, node: Node) -> Catalog | None:
        if not node.is_object(self.expected):
            return None
        if not node.has("format"):
            node.missing("format", FORMAT)
        elif node.peek("format") != FORMAT:
            node.child("format").refuse(ProblemCode.UNKNOWN_FORMAT, FORMAT)
        return self.catalog.read(node, beside=("format",))

    def write(self, value: Catalog) -> dict[str, object]:
        written = self.catalog.write(value)
        return {"format": FORMAT, "trainings": [], "certifications": [], **written}


@lru_cache(maxsize=64)
def _catalog(kinds: Kinds) -> Codec[Catalog]:
    """Return the codec of catalog files with rules of these kinds."""
    return _CatalogFile(
        shape_of(
            Catalog,
            trainings=Each(_TRAINING, once="code"),
            certifications=Each(_certification(kinds), once="code"),
            checks=(checks.named_trainings, checks.external_ids),
        )
    )


# --- what others call -------------------------------------------------------------------------


def read_catalog(document: object, *, kinds: Kinds = KINDS) -> Catalog:
    """Return the catalog that a parsed JSON document describes; ``kinds`` knows a host's own.

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
    return read_with(_catalog(kinds), document, "$")


def read_catalog_text(text: str, *, kinds: Kinds = KINDS) -> Catalog:
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
    return read_catalog(document, kinds=kinds)


def _number(digits: str) -> object:
    # Python refuses thousands of digits. No number here may be that great: its size is enough.
    return int(digits) if len(digits) < 600 else float(digits)


def _unreadable(code: ProblemCode, message: str) -> InvalidCatalogError:
    return InvalidCatalogError((Problem(path="$", code=code.value, message=message),))


def catalog_document(catalog: Catalog, *, kinds: Kinds = KINDS) -> dict[str, object]:
    """Return a catalog as JSON values, without the keys that have their defaults."""
    return cast("dict[str, object]", write_with(_catalog(kinds), catalog))


def read_training(document: object, path: str = "$") -> Training:
    """Return the training that a document describes; raise `InvalidCatalogError`."""
    return read_with(_TRAINING, document, path)


def training_document(training: Training) -> dict[str, object]:
    """Return a training as JSON values.

    >>> training_document(Training(code="FORK", kind=TrainingKind.COURSE, name="Forklift safety"))
    {'code': 'FORK', 'kind': 'course', 'name': 'Forklift safety'}
    """
    return cast("dict[str, object]", write_with(_TRAINING, training))


def read_certification(document: object, path: str = "$", *, kinds: Kinds = KINDS) -> Certification:
    """Return the certification that a document describes; raise `InvalidCatalogError`.

    It does not check that the trainings it names exist.

    >>> read_certification({"code": "FIRE-1", "access": {"kind": "assigned_only"}}).access.name
    'ASSIGNED_ONLY'
    """
    return read_with(_certification(kinds), document, path)


def certification_document(
    certification: Certification, *, kinds: Kinds = KINDS
) -> dict[str, object]:
    """Return a certification as JSON values, without the keys that have their defaults.

    >>> certification_document(Certification(code="FIRE-1", access=Access.BY_REQUEST))
    {'code': 'FIRE-1', 'access': {'kind': 'by_request'}}
    """
    return cast("dict[str, object]", write_with(_certification(kinds), certification))
