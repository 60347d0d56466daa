import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from files.actions import store_file
from files.models import File
from project.accounts.models import Workspace
from tests.factories.accounts import WorkspaceFactory


class FileFactory(DjangoModelFactory[File]):
    """A file whose bytes lie in storage: `FileFactory(content=b"...")`."""

    class Meta:
        model = File

    workspace = factory.SubFactory(WorkspaceFactory)
    created_by = None
    name = "records.jsonl"
    content = b'{"messages": [{"role": "user", "content": "Hello"}]}\n'
    purpose = ""
    content_type = "application/jsonl"

    @classmethod
    def _create(
        cls, model_class: type[File], workspace: Workspace, content: bytes, *args: object, **values: object
    ) -> File:
        return store_file(workspace, ContentFile(content), *args, **values)  # type: ignore[arg-type]
