from django.urls import URLPattern

job_urls: list[URLPattern] = []
