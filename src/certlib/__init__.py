"""certlib: who is certified, as of when, why, and what may be done about it now.

Facts are recorded; everything else follows. Begin with `Service` to embed certlib over your own
people, catalog and database, or with `Case` and `decide` to use the pure core alone. The other
public modules are `certlib.state`, `certlib.policies`, `certlib.requirements`, `certlib.io`,
`certlib.ports`, `certlib.serialize`, `certlib.errors` and `certlib.adapters`.
"""

from certlib.actors import Actor
from certlib.certifications import Certification
from certlib.errors import CertlibError
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import Policy
from certlib.service import Service
from certlib.state import TABLE, Case, Enrollment, Status, decide, explain, replay

__all__ = [
    "TABLE",
    "Actor",
    "Case",
    "Certification",
    "CertlibError",
    "Enrollment",
    "Learner",
    "Period",
    "Policy",
    "Service",
    "Status",
    "decide",
    "explain",
    "replay",
]
