"""To and from JSON: the catalog file, and the records that a store keeps.

Everything is read strictly. A catalog, which people write, is answered with all its problems at
once; a record, which certlib wrote, with the place of the first value that is not known. Nothing
unknown is ever dropped.
"""

from certlib.serialize._attributes import attributes_document, read_attributes
from certlib.serialize._catalog import (
    Catalog,
    catalog_document,
    certification_document,
    read_catalog,
    read_catalog_text,
    read_certification,
    read_training,
    training_document,
)
from certlib.serialize._kinds import KINDS, Kinds
from certlib.serialize._nodes import ProblemCode
from certlib.serialize._policies import policy_document, read_policy
from certlib.serialize._records import (
    RECORDS,
    Document,
    Records,
    dump_completion,
    dump_enrollment,
    dump_event,
    dump_fact,
    dump_notice,
    load_completion,
    load_enrollment,
    load_event,
    load_fact,
    load_notice,
)

__all__ = [
    "KINDS",
    "RECORDS",
    "Catalog",
    "Document",
    "Kinds",
    "ProblemCode",
    "Records",
    "attributes_document",
    "catalog_document",
    "certification_document",
    "dump_completion",
    "dump_enrollment",
    "dump_event",
    "dump_fact",
    "dump_notice",
    "load_completion",
    "load_enrollment",
    "load_event",
    "load_fact",
    "load_notice",
    "policy_document",
    "read_attributes",
    "read_catalog",
    "read_catalog_text",
    "read_certification",
    "read_policy",
    "read_training",
    "training_document",
]
