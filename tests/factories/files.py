import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from files.actions import store_file
from files.models import File
from project.accounts.models import User, Workspace
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
        cls,
        model_class: type[File],
        workspace: Workspace,
        content: bytes,
        created_by: User | None,
        *args: object,
        **values: object,
    ) -> File:
        author_id = created_by.id if created_by else None
        return store_file(workspace, ContentFile(content), *args, created_by_id=author_id, **values)  # type: ignore[arg-type]
