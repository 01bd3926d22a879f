"""Addresses of the enterprises pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
