"""Policies: plain frozen values that say how long a certificate runs and how it is renewed.

A policy is part of a certification's version and never changes after the version is published: a
new policy is a new version. Everything here is arithmetic on dates, with no clock and no storage.
"""

from certlib.policies.grace import Grace
from certlib.policies.policy import Policy
from certlib.policies.recertification import ANY_TIME, AnyTime, BeforeWindow, Recertification
from certlib.policies.terms import Previous, Terms, terms_of
from certlib.policies.validity import (
    AnnualDate,
    ByHost,
    FixedDates,
    Forever,
    FromCompletion,
    FromExpiry,
    PerCertificate,
    Validity,
)

__all__ = [
    "ANY_TIME",
    "AnnualDate",
    "AnyTime",
    "BeforeWindow",
    "ByHost",
    "FixedDates",
    "Forever",
    "FromCompletion",
    "FromExpiry",
    "Grace",
    "PerCertificate",
    "Policy",
    "Previous",
    "Recertification",
    "Terms",
    "Validity",
    "terms_of",
]
