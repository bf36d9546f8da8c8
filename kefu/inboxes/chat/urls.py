from django.urls import path

from kefu.inboxes.chat import articles, orders, views

API = "w/<slug:key>/api/"

urlpatterns = [
    path(f"{API}start", views.start, name="chat-start"),
    path(f"{API}state", views.state, name="chat-state"),
    path(f"{API}day", views.day, name="chat-day"),
    path(f"{API}about", views.about, name="chat-about"),
    path(f"{API}identify", views.identify, name="chat-identify"),
    path(f"{API}code", views.code, name="chat-code"),
    path(f"{API}code/check", views.check_code, name="chat-check-code"),
    path(f"{API}logout", views.logout, name="chat-logout"),
    path(f"{API}files", views.add_file, name="chat-add-file"),
    path(f"{API}files/<uuid:file>", views.file, name="chat-file"),
    path(f"{API}articles", articles.suggested, name="chat-articles"),
    path(f"{API}articles/opened", articles.opened, name="chat-article-opened"),
    path(f"{API}articles/settled", articles.settled, name="chat-article-settled"),
    path(f"{API}orders", orders.own_orders, name="chat-orders"),
    path(f"{API}orders/look-up", orders.look_up, name="chat-look-up"),
    path(f"{API}conversations", views.conversations, name="chat-conversations"),
    path(f"{API}conversations/<uuid:conversation>/messages", views.messages, name="chat-messages"),
    path(f"{API}conversations/<uuid:conversation>/end", views.end, name="chat-end"),
    path(f"{API}conversations/<uuid:conversation>/order", orders.link, name="chat-order"),
    path(f"{API}conversations/<uuid:conversation>/transcript", views.transcript, name="chat-transcript"),
]
