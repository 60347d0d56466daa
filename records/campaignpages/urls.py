from django.urls import path

from records.campaignpages import campaign_views, detail_views, judge_views

app_name = "campaigns"

urlpatterns = [
    path("judges/", judge_views.judge_list, name="judge_list"),
    path("judges/create/", judge_views.judge_create, name="judge_create"),
    path("judges/<uuid:judge_id>/", judge_views.judge_detail, name="judge_detail"),
    path("judges/<uuid:judge_id>/edit/", judge_views.judge_edit, name="judge_edit"),
    path("judges/<uuid:judge_id>/delete/", judge_views.judge_delete, name="judge_delete"),
    path("judges/<uuid:judge_id>/try/", judge_views.judge_try, name="judge_try"),
    path("campaigns/", campaign_views.campaign_list, name="campaign_list"),
    path("campaigns/create/", campaign_views.campaign_create, name="campaign_create"),
    path("campaigns/<uuid:campaign_id>/", detail_views.campaign_detail, name="campaign_detail"),
    path("campaigns/<uuid:campaign_id>/logs/<int:place>/", detail_views.campaign_log, name="campaign_log"),
    path("campaigns/<uuid:campaign_id>/import/", detail_views.campaign_import, name="campaign_import"),
    path("campaigns/<uuid:campaign_id>/resume/", campaign_views.campaign_resume, name="campaign_resume"),
    path("campaigns/<uuid:campaign_id>/rename/", campaign_views.campaign_rename, name="campaign_rename"),
    path("campaigns/<uuid:campaign_id>/delete/", campaign_views.campaign_delete, name="campaign_delete"),
]
