"""Addresses of the reinvestment pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
