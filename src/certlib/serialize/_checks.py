"""Rules about several keys of a catalog at once.

They look at the document and not at what was built from it, so that what they find is told together
with everything else that is wrong.
"""

from __future__ import annotations

from certlib.actors import Role
from certlib.certifications import VersionState
from certlib.policies import PerCertificate
from certlib.serialize._nodes import Node, ProblemCode
from certlib.trainings import TrainingKind

__all__ = [
    "count_within_parts",
    "deciding_roles",
    "external_ids",
    "named_trainings",
    "no_modules_in_modules",
    "once_each",
    "publication",
    "report_doubles",
    "rule_of_the_first",
    "some_way",
]


def report_doubles(nodes: list[Node], code: ProblemCode = ProblemCode.DOUBLED) -> None:
    """Report every text or number that an earlier node has, too."""
    first: dict[object, str] = {}
    for node in nodes:
        if isinstance(node.value, str | int) and not isinstance(node.value, bool):
            before = first.setdefault(node.value, node.path)
            if before != node.path:
                node.refuse(code, f"another one, as {before} is the same")


def once_each(node: Node) -> None:
    """Report what a training has twice, and a training that contains itself."""
    contained = node.child("modules").items() + node.child("optional_modules").items()
    report_doubles(contained)
    report_doubles(node.child("external_ids").items())
    for each in contained:
        if isinstance(each.value, str) and each.value == node.peek("code"):
            each.refuse(ProblemCode.CONTAINS_ITSELF, "other trainings, as none contains itself")


def no_modules_in_modules(node: Node) -> None:
    """Report a module that contains anything."""
    for key in ("modules", "optional_modules"):
        contained = node.child(key)
        if contained.items() and node.peek("kind") == TrainingKind.MODULE.value:
            contained.refuse(ProblemCode.MODULE_HAS_MODULES, "none, as this is a module itself")


def count_within_parts(node: Node) -> None:
    """Report an ``at_least`` of more parts than there are."""
    count, parts = node.child("count"), node.child("of").items()
    if parts and isinstance(count.value, int) and count.value > len(parts):
        count.refuse(ProblemCode.BAD_NUMBER, f"at most {len(parts)}, the number of parts")


def some_way(node: Node) -> None:
    """Report a curriculum with nothing in it."""
    expected = "at least one step, or an exam"
    if node.has("exam"):
        return
    if not node.has("steps"):
        node.missing("steps", expected)
    elif node.peek("steps") == []:
        node.child("steps").refuse(ProblemCode.EMPTY_LIST, expected)


def publication(node: Node) -> None:
    """Report a version that is or was in use, and does not say since when."""
    used = (None, VersionState.PUBLISHED.value, VersionState.RETIRED.value)
    if node.peek("state") in used and not node.has("published_on"):
        node.missing("published_on", "a date yyyy-mm-dd: only a draft may lack it")


def deciding_roles(node: Node) -> None:
    """Report a role that is there twice, and the learner, who decides about nothing."""
    roles = node.child("roles").items()
    report_doubles(roles)
    for each in roles:
        if each.value == Role.LEARNER.value:
            each.refuse(ProblemCode.BAD_VALUE, "a role other than learner")


def rule_of_the_first(node: Node) -> None:
    """Report a rule of the first award where no rule says when a certificate ends."""
    first = node.child("first_validity")
    if first.peek("kind") == PerCertificate.kind:
        expected = "another kind: with it, each certificate would state its own last valid day"
        first.child("kind").refuse(ProblemCode.BAD_VALUE, expected)
    elif node.has("first_validity") and node.child("validity").peek("kind") == PerCertificate.kind:
        expected = "no such key where each certificate states its own last valid day"
        first.refuse(ProblemCode.BAD_VALUE, expected)


def named_trainings(node: Node) -> None:
    """Report names of trainings that are not there, or not modules where they have to be."""
    if node.has("trainings") and not isinstance(node.peek("trainings"), list):
        return
    kinds: dict[str, object] = {}
    for training in node.child("trainings").items():
        code = training.peek("code")
        if isinstance(code, str):
            kinds.setdefault(code, training.peek("kind"))
    reported = {problem.path for problem in node.findings.problems}
    for mention in node.findings.mentions:
        if mention.path in reported:
            continue
        named = Node(value=mention.training, path=mention.path, findings=node.findings)
        if mention.training not in kinds:
            named.refuse(ProblemCode.UNKNOWN_TRAINING, "the code of a training of this catalog")
        elif mention.as_module and kinds[mention.training] == TrainingKind.COURSE.value:
            named.refuse(ProblemCode.NOT_A_MODULE, "the code of a module, and this is a course")


def external_ids(node: Node) -> None:
    """Report ids that two trainings share; what one training has twice is reported elsewhere."""
    several: list[Node] = []
    for training in node.child("trainings").items():
        ids = training.child("external_ids").items()
        several += {each.value: each for each in ids if isinstance(each.value, str)}.values()
    report_doubles(several, ProblemCode.SHARED_EXTERNAL_ID)
