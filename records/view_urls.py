from django.urls import path

from records import queue_views, saved_views

# Under /app/datasets/<dataset_id>/
view_urls = [
    path("", saved_views.dataset_open, name="dataset_open"),
    path("views/", saved_views.view_list, name="view_list"),
    path("views/side/", saved_views.view_side, name="view_side"),
    path("views/default/clear/", saved_views.view_clear_default, name="view_clear_default"),
    path("views/<uuid:view_id>/", saved_views.view_open, name="view_open"),
    path("views/<uuid:view_id>/save/", saved_views.view_save, name="view_save"),
    path("views/<uuid:view_id>/edit/", saved_views.view_edit, name="view_edit"),
    path("views/<uuid:view_id>/delete/", saved_views.view_delete, name="view_delete"),
    path("views/<uuid:view_id>/default/", saved_views.view_set_default, name="view_set_default"),
    path("views/<uuid:view_id>/queue/", queue_views.queue_work, name="queue_work"),
    path("views/<uuid:view_id>/queue/next/", queue_views.queue_next, name="queue_next"),
    path("views/<uuid:view_id>/queue/again/", queue_views.queue_again, name="queue_again"),
    path("views/<uuid:view_id>/queue/leave/", queue_views.queue_leave, name="queue_leave"),
    path("views/<uuid:view_id>/queue/numbers/", queue_views.queue_numbers, name="queue_numbers"),
    path(
        "views/<uuid:view_id>/queue/<uuid:record_id>/decide/", queue_views.queue_decide, name="queue_decide"
    ),
    path("views/<uuid:view_id>/queue/<uuid:record_id>/renew/", queue_views.queue_renew, name="queue_renew"),
    path(
        "views/<uuid:view_id>/queue/decisions/<uuid:decision_id>/undo/",
        queue_views.queue_undo,
        name="queue_undo",
    ),
]
