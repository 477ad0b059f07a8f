"""Policies: plain frozen values that say how long a certificate runs and how it is renewed.

A policy is part of a certification's version and never changes after the version is published: a
new policy is a new version. Everything here is arithmetic on dates, with no clock and no storage.
"""

from certlib.policies._approval import Approval
from certlib.policies._deadlines import Deadlines, InitialDeadline, RecertificationDeadline
from certlib.policies._exams import ExamRules
from certlib.policies._fees import Fee, Fees
from certlib.policies._grace import Grace
from certlib.policies._issue import DueDay, End, Issue, Renewed
from certlib.policies._policy import Policy
from certlib.policies._recertification import ANY_TIME, AnyTime, BeforeWindow, Recertification
from certlib.policies._reminders import About, Digest, Reminder, Reminders
from certlib.policies._terms import Previous, Terms, redated, terms_of
from certlib.policies._validity import (
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
