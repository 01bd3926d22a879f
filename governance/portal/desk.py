"""The desk: Django's admin site with our way in, its menu by floor, and the worklist as its first page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.mfa.utils import is_mfa_enabled
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from governance.calendar import clock
from governance.portal.worklist import pressing_among, waiting_on_desk

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, HttpResponseBase

FLOORS = (
    "communities",
    "socialorgs",
    "consultation",
    "funds",
    "projects",
    "indicators",
    "jobs",
    "partners",
    "accounts",
    "calendar",
    "audit",
)
"""The groups of the menu, in this order; an app with nothing to see is left out."""
ICONS = {
    "communities.PublicNotice": "campaign",
    "communities.Venue": "domain",
    "communities.Objection": "front_hand",
    "communities.Resident": "groups",
    "communities.Body": "diversity_3",
    "communities.BodyMembership": "event_seat",
    "communities.Post": "badge",
    "communities.PolicyDocument": "gavel",
    "communities.PolicyParameter": "tune",
    "communities.DecisionRule": "rule",
    "communities.Division": "location_city",
    "communities.DivisionChange": "alt_route",
    "communities.CodeImport": "upload_file",
    "communities.Attachment": "attach_file",
    "consultation.Matter": "inbox",
    "consultation.Topic": "forum",
    "consultation.Opinion": "chat",
    "consultation.Statement": "thumbs_up_down",
    "consultation.TopicDocument": "article",
    "consultation.SectionComment": "comment",
    "consultation.CommonNeed": "workspaces",
    "socialorgs.SocialOrganization": "corporate_fare",
    "socialorgs.CreditListing": "report",
    "socialorgs.Filing": "approval",
    "socialorgs.FilingConfirmation": "event_available",
    "socialorgs.RegisterSheet": "upload_file",
    "socialorgs.ParticipationBan": "block",
    "socialorgs.YearReport": "fact_check",
    "socialorgs.RectificationOrder": "build",
    "socialorgs.CreditRepair": "healing",
    "socialorgs.Assessment": "military_tech",
    "socialorgs.StandingAlert": "notification_important",
    "socialorgs.IllegalCase": "gavel",
    "socialorgs.IllegalTip": "tips_and_updates",
    "socialorgs.Club": "diversity_3",
    "socialorgs.Capability": "handyman",
    "socialorgs.BroughtIn": "flight_land",
    "socialorgs.ServiceCenter": "home_work",
    "socialorgs.FederationMember": "hub",
    "socialorgs.OfferedResource": "volunteer_activism",
    "socialorgs.OperatorContract": "contract",
    "socialorgs.Incubator": "egg",
    "socialorgs.IncubationStay": "egg_alt",
    "socialorgs.OrganizationAppointment": "assignment_ind",
    "consultation.Ballot": "ballot",
    "consultation.RollEntry": "list_alt",
    "consultation.PaperVote": "draft",
    "consultation.Council": "groups_3",
    "consultation.Meeting": "event",
    "consultation.MeetingCall": "record_voice_over",
    "consultation.Resolution": "how_to_reg",
    "consultation.CountSheet": "draft",
    "consultation.MeetingTask": "checklist",
    "consultation.StewardSelection": "casino",
    "consultation.FourStepCase": "stairs",
    "consultation.FourStepQuestion": "contact_support",
    "consultation.Decision": "task_alt",
    "projects.EvaluationPlan": "rate_review",
    "projects.EvaluationTemplate": "quiz",
    "projects.EvaluationResult": "grading",
    "projects.EvaluatorTie": "link",
    "projects.ThirdPartyEngagement": "handshake",
    "projects.PushMessage": "mark_email_read",
    "projects.GrantRound": "campaign",
    "projects.GrantApplication": "edit_document",
    "projects.GrantAward": "workspace_premium",
    "projects.Programme": "category",
    "projects.GrantExpert": "school",
    "projects.PanelSeat": "event_seat",
    "projects.ScoreSheet": "scoreboard",
    "projects.Contract": "handshake",
    "projects.Milestone": "flag",
    "projects.Expenditure": "receipt",
    "projects.AwardPayment": "paid",
    "projects.Supplement": "post_add",
    "projects.ContractReview": "policy",
    "projects.ServiceRecord": "event_note",
    "projects.ProjectAward": "emoji_events",
    "projects.PurchasedPosts": "engineering",
    "projects.VenueOperation": "storefront",
    "projects.Settlement": "cancel_presentation",
    "projects.PurchaseList": "list_alt",
    "projects.PublicBudgetLine": "account_balance_wallet",
    "projects.Purchase": "shopping_cart",
    "projects.PurchaseQuestion": "contact_support",
    "projects.PurchaseOffer": "drafts",
    "projects.PurchaseAward": "verified",
    "projects.PublicPayment": "payments",
    "projects.VolunteerActivity": "volunteer_activism",
    "projects.ServiceHour": "schedule",
    "projects.MicroService": "storefront",
    "projects.ServiceMatch": "handshake",
    "projects.Merchant": "store",
    "projects.MerchantOffer": "sell",
    "projects.OpenResource": "meeting_room",
    "projects.ResourceBooking": "event_available",
    "projects.VenueCession": "key",
    "projects.MatchFair": "festival",
    "projects.TalentProfile": "badge",
    "projects.FairIntention": "flag_circle",
    "funds.CommunityEnterprise": "storefront",
    "funds.EnterpriseAppointment": "assignment_ind",
    "funds.CommunityAsset": "warehouse",
    "funds.Letting": "vpn_key",
    "funds.RentCharge": "event_repeat",
    "funds.RentReceipt": "price_check",
    "funds.BusinessRecord": "library_books",
    "funds.ProfitDeclaration": "request_quote",
    "funds.DistributionPolicy": "pie_chart",
    "funds.StandingDecision": "how_to_vote",
    "funds.ReinvestmentRun": "play_circle",
    "funds.ReinvestmentOrder": "currency_exchange",
    "funds.BankLine": "account_balance",
    "funds.BankMatch": "compare_arrows",
    "funds.BankAllocation": "link",
    "funds.SpendingRequest": "assignment",
    "funds.EmergencyRelief": "emergency",
    "funds.Payment": "payments",
    "funds.Refund": "undo",
    "funds.Donation": "redeem",
    "funds.DonationIntake": "upload_file",
    "funds.ColumnMapping": "view_column",
    "funds.PurposeChange": "swap_horiz",
    "funds.Appeal": "volunteer_activism",
    "funds.AppealReport": "summarize",
    "funds.MatchingPromise": "exposure_plus_1",
    "funds.DonationStation": "store",
    "funds.CommunityFund": "savings",
    "funds.FundProposal": "notification_important",
    "funds.Suspension": "pause_circle",
    "funds.FundClosure": "inventory",
    "funds.Appropriation": "account_balance_wallet",
    "funds.UpkeepEntry": "percent",
    "funds.SupervisorOpinion": "visibility",
    "funds.HostCharity": "volunteer_activism",
    "funds.CharityAppointment": "assignment_ind",
    "funds.FundRulePack": "rule_folder",
    "funds.Book": "menu_book",
    "funds.Account": "account_tree",
    "funds.Journal": "receipt_long",
    "funds.Period": "event_available",
    "funds.Disclosure": "campaign",
    "indicators.IndicatorValue": "monitoring",
    "indicators.ClaimedFigure": "fact_check",
    "jobs.Job": "progress_activity",
    "partners.WebhookEndpoint": "webhook",
    "partners.WebhookDelivery": "outbox",
    "audit.AuditEntry": "history",
    "accounts.User": "person",
    "accounts.ApiClient": "api",
    "calendar.CalendarDay": "calendar_month",
}
"""The icons of the menu, and the order of its entries: as the work goes; what is not named follows."""
PLAIN_ICON = "description"


class Desk(UnfoldAdminSite):  # type: ignore[misc]  # unfold is untyped
    """The admin site: staff only, and only with a second factor; signing in and out are the site's own pages."""

    index_template = "desk/index.html"
    index_title = ""

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in staff whose account has a second factor."""
        return bool(request.user.is_active and request.user.is_staff and has_second_factor(request))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Send people to where they can get in: the log-in page, or the set-up of a second factor."""
        del extra_context
        target = request.GET.get("next", reverse("admin:index"))
        if not request.user.is_authenticated:
            return redirect_to_login(target, reverse("account_login"))
        if not request.user.is_staff:
            raise PermissionDenied(_("The desk is for staff. What is yours stands on the pages."))
        if not has_second_factor(request):
            messages.info(request, _("The desk asks for a second factor. Please set it up now; it takes a minute."))
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return HttpResponseRedirect(target if target.startswith("/desk/") else reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign out and go home."""
        del extra_context
        if request.method == "POST":
            logout(request)
        return HttpResponseRedirect(reverse("portal:home"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Use the site's own page."""
        del request, extra_context
        return HttpResponseRedirect(reverse("account_change_password"))


def has_second_factor(request: HttpRequest) -> bool:
    """Tell whether the account has a second factor; one query per request, however often the admin asks."""
    kept = request.__dict__
    if "has_second_factor" not in kept:
        kept["has_second_factor"] = bool(is_mfa_enabled(request.user))
    return bool(kept["has_second_factor"])


def site_name(_request: HttpRequest) -> str:
    """Name the site in the desk's corner."""
    return settings.SITE_NAME or _("Community governance")


def site_line(_request: HttpRequest) -> str:
    """Say what this is."""
    return _("Desk")


def favicon(_request: HttpRequest) -> str:
    """Show the site's mark."""
    return static("img/mark.svg")


def style_sheet(_request: HttpRequest) -> str:
    """Add what our own parts of the desk need."""
    return static("css/desk.css")


def environment(_request: HttpRequest) -> tuple[str, str] | None:
    """Say on every page of the desk that this is the demonstration."""
    return (_("Demonstration"), "warning") if settings.DEMONSTRATION else None


def account_links(_request: HttpRequest) -> list[dict[str, str]]:
    """List what stands under the person's name."""
    return [
        {"title": _("My account"), "link": reverse("portal:account")},
        {"title": _("Change password"), "link": reverse("account_change_password")},
    ]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the menu: the worklist, then what this person may see, floor by floor."""
    listed = {app["app_label"]: app["models"] for app in admin.site.get_app_list(request)}
    first = {"title": _("Waiting for me"), "icon": "inbox", "link": reverse("admin:index"), "active": _is_index}
    groups: list[dict[str, Any]] = [{"title": "", "items": [first]}]
    for label in (*FLOORS, *(label for label in listed if label not in FLOORS)):
        items = [
            {
                "title": entry["name"],
                "icon": ICONS.get(entry["model"]._meta.label, PLAIN_ICON),
                "link": entry["admin_url"],
            }
            for entry in sorted(listed.get(label, []), key=_place)
            if entry["admin_url"]
        ]
        if items:
            groups.append({"title": apps.get_app_config(label).verbose_name, "items": items})
    return groups


def _place(entry: dict[str, Any]) -> tuple[int, str]:
    """Return where an entry stands in its group."""
    return _order(entry["model"]._meta.label, entry["name"])


def _order(label: str, name: str) -> tuple[int, str]:
    order = list(ICONS)
    return (order.index(label) if label in ICONS else len(order), name)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the desk's first page."""
    today = clock.today()
    waiting = sorted(waiting_on_desk(request), key=lambda kind: _order(kind.label, kind.name))
    demonstrated = today if settings.DEMONSTRATION else None
    return {
        **context,
        "title": _("Waiting for me"),
        "waiting": waiting,
        "pressing": pressing_among(waiting, today),
        "today": today,
        "demonstration_day": demonstrated,
    }


def _is_index(request: HttpRequest) -> bool:
    return request.path == reverse("admin:index")
