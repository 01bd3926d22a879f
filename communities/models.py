"""The models of the floor's rooms, gathered for Django."""

from communities.bodies.models import Body, BodyMembership
from communities.changes.models import DivisionChange, DivisionLineage, PlannedDivision
from communities.notices.models import Attachment, Objection, PublicNotice
from communities.people.models import Post, Resident
from communities.policy.models import DecisionRule, PolicyDocument, PolicyParameter
from communities.territory.models import CodeImport, Division, DivisionCode
from communities.venues.models import Venue

__all__ = [
    "Attachment",
    "Body",
    "BodyMembership",
    "CodeImport",
    "DecisionRule",
    "Division",
    "DivisionChange",
    "DivisionCode",
    "DivisionLineage",
    "Objection",
    "PlannedDivision",
    "PolicyDocument",
    "PolicyParameter",
    "Post",
    "PublicNotice",
    "Resident",
    "Venue",
]
