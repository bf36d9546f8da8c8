from django.urls import path

from kefu.widget import views

urlpatterns = [
    path("w/<slug:key>.js", views.launcher, name="widget-launcher"),
    path("w/<slug:key>/chat", views.frame, name="widget-frame"),
    path("chat/<slug:key>", views.page, name="chat-page"),
]
