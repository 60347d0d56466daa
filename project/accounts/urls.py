from django.urls import path

from project.accounts import views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("workspace/", views.workspace_switch, name="workspace_switch"),
    path("theme/", views.theme_switch, name="theme_switch"),
]
