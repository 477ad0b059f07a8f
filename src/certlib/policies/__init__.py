"""Policies: plain frozen values that say how long a certificate runs and how it is renewed.

A policy is part of a certification's version and never changes after the version is published: a
new policy is a new version. Everything here is arithmetic on dates, with no clock and no storage.
"""

from certlib.policies.approval import Approval
from certlib.policies.deadlines import Deadlines, InitialDeadline, RecertificationDeadline
from certlib.policies.exams import ExamRules
from certlib.policies.fees import Fee, Fees
from certlib.policies.grace import Grace
from certlib.policies.issue import DueDay, End, Issue, Renewed
from certlib.policies.policy import Policy
from certlib.policies.recertification import ANY_TIME, AnyTime, BeforeWindow, Recertification
from certlib.policies.reminders import About, Digest, Reminder, Reminders
from certlib.policies.terms import Previous, Terms, redated, terms_of
from certlib.policies.validity import (
    VALIDITIES,
    AnnualDate,
    ByHost,
    FixedDates,
    Forever,
    FromCompletion,
    FromExpiry,
    PerCertificate,
    Rounding,
    Validity,
)

__all__ = [
    "ANY_TIME",
    "VALIDITIES",
    "About",
    "AnnualDate",
    "AnyTime",
    "Approval",
    "BeforeWindow",
    "ByHost",
    "Deadlines",
    "Digest",
    "DueDay",
    "End",
    "ExamRules",
    "Fee",
    "Fees",
    "FixedDates",
    "Forever",
    "FromCompletion",
    "FromExpiry",
    "Grace",
    "InitialDeadline",
    "Issue",
    "PerCertificate",
    "Policy",
    "Previous",
    "Recertification",
    "RecertificationDeadline",
    "Reminder",
    "Reminders",
    "Renewed",
    "Rounding",
    "Terms",
    "Validity",
    "redated",
    "terms_of",
]
