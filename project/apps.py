from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The site as a whole, so that its system checks are found."""

    name = "project"

    def ready(self) -> None:
        from project import checks  # noqa: F401, PLC0415  (registers itself; settings must be complete first)
