"""Addresses of the ballots pages."""

from django.urls import URLPattern, path

from consultation.ballots import pages
from consultation.ballots.reach import pages as reach
from consultation.ballots.reminding.pages import ballot_reminders

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/ballots/", pages.ballot_list, name="ballot-list"),
    path("ballots/<int:pk>/", pages.ballot_detail, name="ballot-detail"),
    path("ballots/<int:pk>/vote/", pages.ballot_vote, name="ballot-vote"),
    path("ballots/<int:pk>/moves/", pages.ballot_move, name="ballot-move"),
    path("ballots/<int:pk>/frozen.json", pages.ballot_frozen, name="ballot-frozen"),
    path("ballots/<int:pk>/ballot.jsonl", pages.ballot_recount, name="ballot-recount"),
    path("ballots/<int:pk>/booklet.pdf", reach.ballot_booklet, name="ballot-booklet"),
    path("ballots/<int:pk>/script/", reach.ballot_script, name="ballot-script"),
    path("ballots/<int:pk>/reminders/", ballot_reminders, name="ballot-reminders"),
    path("ballots/<int:pk>/slips/", reach.slip_print, name="slip-print"),
    path("ballots/<int:pk>/proxies/", reach.proxy_list, name="ballot-proxies"),
    path("ballots/<int:pk>/code/", reach.ballot_code, name="ballot-code"),
    path("ballots/<int:pk>/kiosk/", reach.ballot_kiosk, name="ballot-kiosk"),
    path("ballots/<int:pk>/result.svg", reach.result_picture, name="result-picture"),
    path("ballots/<int:pk>/embed/", reach.result_frame, name="result-frame"),
    path("ballots/secrecy/", reach.secrecy, name="ballot-secrecy"),
    path("paper-votes/<int:pk>/photo/", pages.paper_photo, name="paper-photo"),
    path("verify_ballot.py", pages.verifier, name="ballot-verifier"),
]
