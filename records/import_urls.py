from django.urls import URLPattern

import_urls: list[URLPattern] = []
