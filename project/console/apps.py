from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "project.console"
    verbose_name = "Command line"
