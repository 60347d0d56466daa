from django.urls import path

from records import import_views

import_urls = [
    path("import/", import_views.import_create, name="import_create"),
]
