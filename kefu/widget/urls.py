from django.urls import path

from kefu.widget import views

urlpatterns = [
    path("w/<str:key>.js", views.launcher, name="widget-launcher"),
    path("w/<str:key>/chat", views.frame, name="widget-frame"),
    path("chat/<str:key>", views.page, name="chat-page"),
]
