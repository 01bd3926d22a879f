"""Addresses of the meetings pages."""

from django.urls import URLPattern, path

from consultation.meetings import pages
from consultation.meetings.inviting import pages as inviting
from consultation.meetings.tasking import pages as tasks

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/meetings/", pages.meeting_list, name="meeting-list"),
    path("divisions/<int:pk>/meetings.ics", pages.place_calendar, name="meeting-list-calendar"),
    path("divisions/<int:pk>/resolutions/", pages.resolution_list, name="resolution-list"),
    path("councils/<int:pk>/", pages.council_detail, name="council-detail"),
    path("councils/<int:pk>/meetings.ics", pages.council_calendar, name="council-calendar"),
    path("meetings/mine/", pages.meeting_mine, name="meeting-mine"),
    path("meetings/calendar/<str:token>.ics", pages.private_calendar, name="meeting-private-calendar"),
    path("meetings/<int:pk>/", pages.meeting_detail, name="meeting-detail"),
    path("meetings/<int:pk>/hold/", pages.meeting_hold, name="meeting-hold"),
    path("meetings/<int:pk>/hold/acts/<slug:name>/", pages.meeting_act, name="meeting-act"),
    path("meetings/<int:pk>/sign-in/", pages.meeting_sign_in, name="meeting-sign-in"),
    path("meetings/<int:pk>/letters/", inviting.meeting_letters, name="meeting-letters"),
    path("meetings/<int:pk>/papers/<slug:paper>/", pages.meeting_paper, name="meeting-paper"),
    path("count-sheets/<int:pk>/photo/", pages.count_sheet_photo, name="count-sheet-photo"),
    path("divisions/<int:pk>/tasks/", tasks.task_list, name="task-list"),
    path("meeting-tasks/<int:pk>/", tasks.task_detail, name="meeting-task-detail"),
    path("meeting-tasks/<int:pk>/acts/<slug:name>/", tasks.task_act, name="meeting-task-act"),
    path("steward-selections/<int:pk>/", pages.selection_detail, name="selection-detail"),
    path("steward-selections/<int:pk>/lot.json", pages.selection_lot, name="selection-lot"),
    path("draw_lot.py", pages.selection_drawer, name="lot-drawer"),
    path("four-steps/<int:pk>/", pages.fourstep_detail, name="fourstep-detail"),
]
