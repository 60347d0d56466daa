import factory
from factory.django import DjangoModelFactory

from datasets.models import Dataset, Door, Job, Revision
from tests.factories.accounts import UserFactory, WorkspaceFactory


class DatasetFactory(DjangoModelFactory[Dataset]):
    class Meta:
        model = Dataset

    workspace = factory.SubFactory(WorkspaceFactory)
    owner = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Dataset {n}")


class RevisionFactory(DjangoModelFactory[Revision]):
    """Pending unless it is given a number."""

    class Meta:
        model = Revision

    dataset = factory.SubFactory(DatasetFactory)
    kind = Revision.Kind.CREATE
    door = Door.PAGE


class JobFactory(DjangoModelFactory[Job]):
    """A queued import without a file. Jobs with something to do are made by the actions."""

    class Meta:
        model = Job

    dataset = factory.SubFactory(DatasetFactory)
    workspace = factory.SelfAttribute("dataset.workspace")
    created_by = factory.SelfAttribute("dataset.owner")
    kind = Job.Kind.IMPORT_FILE
    door = Door.PAGE
