"""Addresses of the territory pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
