"""Who may do what in the notices room."""

import rules

from communities.people.rules import community_staff, district_admin, reader, staff, street

poster = community_staff | street | district_admin

rules.add_perm("communities.view_publicnotice", reader)
rules.add_perm("communities.draft_notice", poster)
rules.add_perm("communities.post_notice", poster)
rules.add_perm("communities.answer_objection", poster)
rules.add_perm("communities.raise_objection", rules.is_authenticated)
rules.add_perm("communities.store_attachment", staff)
