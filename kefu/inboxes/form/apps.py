from django.apps import AppConfig


class FormInbox(AppConfig):
    name = "kefu.inboxes.form"
    label = "forms_inbox"
