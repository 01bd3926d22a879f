"""Addresses of the bodies pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
