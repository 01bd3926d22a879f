"""Addresses of the donation pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
