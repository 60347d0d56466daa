import factory
from factory.django import DjangoModelFactory

from project.accounts.actions import ALL_SCOPES
from project.accounts.keys import hash_secret, make_secret, prefix_of
from project.accounts.models import ApiKey, Membership, User, Workspace

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.com")
    name = factory.Sequence(lambda n: f"User {n}")
    password = factory.django.Password(PASSWORD)


class WorkspaceFactory(DjangoModelFactory[Workspace]):
    class Meta:
        model = Workspace

    serial = factory.Sequence(lambda n: n + 1)
    name = factory.Sequence(lambda n: f"Workspace {n}")


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    workspace = factory.SubFactory(WorkspaceFactory)
    user = factory.SubFactory(UserFactory)
    role = Membership.Role.EDITOR


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    """Its secret is the parameter `secret`."""

    class Meta:
        model = ApiKey

    class Params:
        secret = factory.LazyFunction(lambda: make_secret(ApiKey.Environment.PROD))

    workspace = factory.SubFactory(WorkspaceFactory)
    user = factory.SubFactory(UserFactory)
    prefix = factory.LazyAttribute(lambda key: prefix_of(key.secret))
    secret_hash = factory.LazyAttribute(lambda key: hash_secret(key.secret))
    scopes = factory.LazyFunction(lambda: list(ALL_SCOPES))
