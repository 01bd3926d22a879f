"""Addresses of the statements pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
