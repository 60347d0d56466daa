from django.urls import path

from project.accounts import key_views, views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("workspace/", views.workspace_switch, name="workspace_switch"),
    path("theme/", views.theme_switch, name="theme_switch"),
    path("shortcuts/", views.shortcut_list, name="shortcut_list"),
    path("keys/", key_views.key_list, name="key_list"),
    path("keys/create/", key_views.key_create, name="key_create"),
    path("keys/<uuid:key_id>/revoke/", key_views.key_revoke, name="key_revoke"),
]
