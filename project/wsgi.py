import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from project.lib.embedder import WordLlamaEmbedder, get_embedder
from project.lib.stackroom import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

application = with_room(get_wsgi_application())
embedder = get_embedder()
if isinstance(embedder, WordLlamaEmbedder):
    embedder.load()  # Before the server forks: shared memory, and no slow first write.
get_resolver().url_patterns  # noqa: B018  (loads every view before the server forks: shared memory, no slow first page)
