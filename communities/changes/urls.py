"""Addresses of the pages of division changes."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
