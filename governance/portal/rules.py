"""Who may do what with the rows of the kernel, which itself knows no roles."""

from __future__ import annotations

import rules

from communities.people.rules import auditor, district_admin, staff

rules.add_perm("accounts.view_user", district_admin)
rules.add_perm("accounts.manage_user", district_admin)
rules.add_perm("accounts.view_api_client", district_admin)
rules.add_perm("accounts.create_api_client", district_admin)
rules.add_perm("audit.view_entry", district_admin | auditor)
rules.add_perm("jobs.view_job", staff)
rules.add_perm("jobs.retry_job", district_admin)
rules.add_perm("calendar.view_day", staff)
rules.add_perm("calendar.set_day", district_admin)
