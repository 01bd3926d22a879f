"""The register in Excel: a row is found by its credit code or filing number and goes through the operations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Choices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export import fields

from communities.territory.models import Tier
from communities.territory.spreadsheet import OutResource, PlacedResource, cell_day
from governance.money import parse_yuan
from socialorgs.register import operations
from socialorgs.register.models import CreditListing, OrganizationType, ServiceClass, SocialOrganization, Standing
from socialorgs.register.policy import read_credit_code

COLUMNS = {
    "street": gettext_lazy("street"),
    "community": gettext_lazy("community"),
    "name": gettext_lazy("name"),
    "organization_type": gettext_lazy("type"),
    "standing": gettext_lazy("registered or filed"),
    "credit_code": gettext_lazy("credit code"),
    "filing_number": gettext_lazy("filing number"),
    "service_class": gettext_lazy("service class"),
    "registrar": gettext_lazy("registrar"),
    "supervising_body": gettext_lazy("supervising body"),
    "head_name": gettext_lazy("head"),
    "members_count": gettext_lazy("members"),
    "capital": gettext_lazy("capital"),
    "founded_on": gettext_lazy("founded on"),
    "scope": gettext_lazy("scope of activity"),
}
"""Key and heading of each column, in order; headings are understood in every language, keys always."""


class OrganizationResource(PlacedResource):
    """One organization a row. `import_data` needs `user`, who must hold the right, and `now`.

    Without a community the organization belongs to the street. The contact stays out of the sheet.
    """

    columns = COLUMNS
    required = ("street", "name", "organization_type", "standing", "head_name", "founded_on")
    choices: ClassVar[dict[str, type[Choices]]] = {
        "organization_type": OrganizationType,
        "standing": Standing,
        "service_class": ServiceClass,
    }

    street = fields.Field(column_name="street")
    community = fields.Field(column_name="community")
    organization_type = fields.Field(column_name="organization_type", attribute="get_organization_type_display")
    standing = fields.Field(column_name="standing", attribute="get_standing_display")
    service_class = fields.Field(column_name="service_class", attribute="get_service_class_display")

    class Meta:
        model = SocialOrganization
        fields = tuple(COLUMNS)
        export_order = tuple(COLUMNS)
        import_order = tuple(COLUMNS)
        use_transactions = True
        clean_model_instances = False

    def dehydrate_street(self, row: SocialOrganization) -> str:
        """Write the street: the community's, or the organization's own place."""
        place = row.division
        return place.parent.short_name if place.tier == Tier.COMMUNITY and place.parent else place.short_name

    def dehydrate_community(self, row: SocialOrganization) -> str:
        """Write the community; nothing for an organization of the street."""
        return row.division.short_name if row.division.tier == Tier.COMMUNITY else ""

    def read(self, key: str, text: str, value: Any) -> Any:
        """Read days, amounts, counts and credit codes; everything else is text."""
        if key == "founded_on":
            return cell_day(value)
        if key == "capital":
            return parse_yuan(text) if text else None
        if key == "members_count":
            if text and not text.isdecimal():
                raise ValidationError(_("“%(text)s” is not a whole number.") % {"text": text})
            return int(text) if text else None
        return read_credit_code(text) if key == "credit_code" and text else text

    def known(self) -> SocialOrganization | None:
        """Find the organization by its credit code, else by its filing number."""
        rows = SocialOrganization.objects.select_related("division__parent")
        for key in ("credit_code", "filing_number"):
            if self.values[key]:
                return rows.filter(**{key: self.values[key]}).first()
        return None

    def enter(self, wanted: dict[str, Any]) -> SocialOrganization:
        """Enter a new organization."""
        return operations.enter_organization(by=self.by, division=self.division, now=self.now, **wanted)

    def edit(self, instance: SocialOrganization, wanted: dict[str, Any]) -> SocialOrganization:
        """Edit a known one; its contact stays."""
        contact = instance.contact
        return operations.edit_organization(by=self.by, organization=instance, now=self.now, contact=contact, **wanted)


LISTING = {
    "identifier": gettext_lazy("credit code or filing number"),
    "organization": gettext_lazy("organization"),
    "division": gettext_lazy("division"),
    "credit_list": gettext_lazy("list"),
    "decision_number": gettext_lazy("decision number"),
    "reason": gettext_lazy("reason"),
    "listed_on": gettext_lazy("listed on"),
    "removed_on": gettext_lazy("removed on"),
}
"""Key and heading of each column of the credit lists; what is written out can be taken in again."""


class ListingResource(OutResource):
    """One decision of the registrar a row."""

    columns = LISTING

    identifier = fields.Field(column_name="identifier")
    organization = fields.Field(column_name="organization", attribute="organization__name")
    division = fields.Field(column_name="division", attribute="organization__division__name")
    credit_list = fields.Field(column_name="credit_list", attribute="get_credit_list_display")

    class Meta:
        model = CreditListing
        fields = tuple(LISTING)
        export_order = tuple(LISTING)

    def dehydrate_identifier(self, row: CreditListing) -> str:
        """Write the credit code, of a filed body its filing number."""
        return row.organization.credit_code or row.organization.filing_number or ""
