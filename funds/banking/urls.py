"""Addresses of the banking pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
