"""Addresses of the ballots pages."""

from django.urls import URLPattern, path

from consultation.ballots import pages

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/ballots/", pages.ballot_list, name="ballot-list"),
    path("ballots/<int:pk>/", pages.ballot_detail, name="ballot-detail"),
    path("ballots/<int:pk>/vote/", pages.ballot_vote, name="ballot-vote"),
    path("ballots/<int:pk>/moves/", pages.ballot_move, name="ballot-move"),
    path("ballots/<int:pk>/frozen.json", pages.ballot_frozen, name="ballot-frozen"),
    path("ballots/<int:pk>/ballot.jsonl", pages.ballot_recount, name="ballot-recount"),
    path("paper-votes/<int:pk>/photo/", pages.paper_photo, name="paper-photo"),
    path("verify_ballot.py", pages.verifier, name="ballot-verifier"),
]
