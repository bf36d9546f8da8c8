from __future__ import annotations

from django.urls import path

from kefu.demo import views

urlpatterns = [path("demo/", views.website, name="demo")]
