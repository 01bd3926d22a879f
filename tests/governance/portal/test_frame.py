"""The frame of every page: language, large type, safe ways back, the parts that other pages include."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from governance.pages import KeysetPage
from governance.portal.frame import Frame

pytestmark = pytest.mark.django_db


def test_home_is_chinese_whatever_the_browser_prefers(client: Client) -> None:
    answer = client.get("/", headers={"accept-language": "en"})

    assert answer.status_code == 200
    assert '<html lang="zh-Hans"' in answer.content.decode()


def test_english_is_a_choice_that_stays(client: Client) -> None:
    client.post(reverse("set_language"), {"language": "en", "next": "/"})

    assert '<html lang="en"' in client.get("/").content.decode()


def test_large_type_works_without_log_in_and_without_script(client: Client) -> None:
    answer = client.post(reverse("portal:elder-mode"), {"on": "1", "next": "/search/?q=x"})

    assert answer["Location"] == "/search/?q=x"
    assert 'class="elder"' in client.get("/").content.decode()

    client.post(reverse("portal:elder-mode"), {"on": "0"})

    assert 'class="elder"' not in client.get("/").content.decode()


def test_large_type_never_leads_away_from_the_site(client: Client) -> None:
    answer = client.post(reverse("portal:elder-mode"), {"on": "1", "next": "https://elsewhere.example/"})

    assert answer["Location"] == "/"


def test_a_page_costs_no_query_for_strangers(client: Client, django_assert_num_queries: Any) -> None:
    client.get("/")

    with django_assert_num_queries(0):
        client.get("/search/")


def test_first_visit_is_light(client: Client) -> None:
    page = client.get("/").content
    style = (settings.BASE_DIR / "static/css/site.css").read_bytes()

    assert len(page) + len(style) < 80_000


def test_menu_marks_the_section_of_the_page(rf: RequestFactory) -> None:
    frame = Frame(rf.get("/"))

    assert [item.url for item in frame.navigation if item.is_current] == ["/"]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/organizations/rules/", ["/organizations/"]),
        ("/grades/", ["/organizations/"]),
        ("/incubators/", ["/organizations/"]),
        ("/enterprises/", ["/enterprises/"]),
        ("/grants/", []),
    ],
)
def test_pages_beside_the_address_of_their_section_are_marked_too(
    rf: RequestFactory, path: str, current: list[str]
) -> None:
    request = rf.get(path)
    request.resolver_match = resolve(path)

    assert [item.url for item in Frame(request).navigation if item.is_current] == current


@pytest.mark.parametrize(
    ("page", "links"),
    [
        (KeysetPage([], None, is_first=True), []),
        (KeysetPage([], 7, is_first=True), ["?kind=a&amp;before=7"]),
        (KeysetPage([], 7, is_first=False), ["?kind=a", "?kind=a&amp;before=7"]),
        (KeysetPage([], None, is_first=False), ["?kind=a"]),
    ],
)
def test_pager_keeps_the_filters(rf: RequestFactory, page: KeysetPage[Any], links: list[str]) -> None:
    request = rf.get("/notices/?kind=a")

    text = render_to_string("partials/pager.html", {"page": page}, request=request)

    assert [part.split('"')[0] for part in text.split('href="')[1:]] == links


class ExampleForm(forms.Form):
    """One field of each look."""

    name = forms.CharField(help_text="As on the card")
    note = forms.CharField(required=False, widget=forms.Textarea)
    agreed = forms.BooleanField()
    way = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)


def test_form_ties_errors_and_help_to_their_field() -> None:
    text = str(ExampleForm({"name": ""}))

    assert 'aria-describedby="id_name_helptext id_name_error"' in text
    assert 'id="id_name_error"' in text
    assert text.count("field--wrong") == 3
    assert "field--check" in text


def test_demonstration_is_named_only_in_the_demonstration(client: Client, settings: Any) -> None:
    assert "demonstration" not in client.get("/").content.decode()

    settings.DEMONSTRATION = True

    assert 'class="demonstration"' in client.get("/").content.decode()
