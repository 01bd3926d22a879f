"""Addresses of the charity pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
