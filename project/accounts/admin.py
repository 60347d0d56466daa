from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldForeignKeyRawIdWidget

from project.accounts.actions import create_workspace, deactivate_user, record_audit, revoke_key
from project.accounts.models import ApiKey, AuditEntry, Membership, User, Workspace
from project.lib.admin import BigTableAdmin, ReadOnlyAdmin, ThemedAdmin, excerpt_field, signed_in

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
ONLY_OWNER = "{user} is the only owner of {workspace}; make somebody else an owner first."

if TYPE_CHECKING:
    UserForm = ModelForm[User]
    WorkspaceForm = ModelForm[Workspace]
    MembershipForm = ModelForm[Membership]
else:
    UserForm = WorkspaceForm = MembershipForm = ModelForm


class _EmailInLowerCase(UserForm):
    def clean_email(self) -> str:
        """As everywhere: an address signs in however it is typed."""
        return str(self.cleaned_data["email"]).lower()


class UserAddForm(_EmailInLowerCase, UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class UserEditForm(_EmailInLowerCase, UserChangeForm):
    class Meta:
        model = User
        fields = ("email", "name", "password", "is_active", *RIGHTS)


class WorkspaceAddForm(WorkspaceForm):
    owner = ModelChoiceField(
        User.objects.all(),
        widget=UnfoldForeignKeyRawIdWidget(Membership._meta.get_field("user").remote_field, admin.site),
    )

    class Meta:
        model = Workspace
        fields = ("name",)

    def save(self, commit: bool = True) -> Workspace:  # noqa: FBT001, FBT002  (the form's own signature)
        return create_workspace(self.cleaned_data["name"], owner=self.cleaned_data["owner"])

    def save_m2m(self) -> None:
        """There is none."""


class MembershipEditForm(MembershipForm):
    class Meta:
        model = Membership
        fields = ("workspace", "user", "role")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        before = Membership.objects.filter(pk=self.instance.pk).first()
        if before is not None and cleaned.get("role") != Membership.Role.OWNER and is_only_owner(before):
            raise ValidationError(ONLY_OWNER.format(user=before.user, workspace=before.workspace))
        return cleaned


@admin.register(User)
class UserAdmin(DjangoUserAdmin, BigTableAdmin[User]):  # type: ignore[misc]
    form = UserEditForm
    add_form = UserAddForm
    change_password_form = AdminPasswordChangeForm
    search_names = ("email", "name")
    search_fields = ("email", "name")
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "created_at")
    list_filter = ("is_active", "is_staff")
    filter_horizontal = ()
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password", "is_active")}),
        ("Rights in this admin", {"fields": RIGHTS}),
        ("Times", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)
    deleted_along = (Membership, ApiKey)
    actions = ("deactivate",)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only who has every right may give some away."""
        return self.readonly_fields if signed_in(request).is_superuser else (*self.readonly_fields, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        is_above = obj is not None and obj.is_superuser and not signed_in(request).is_superuser
        return not is_above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        is_above = obj is not None and obj.is_superuser and not signed_in(request).is_superuser
        return not is_above and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            deactivate_user(obj, by=signed_in(request))

    def reasons_to_keep(self, row: User) -> list[str]:
        owned = (one for one in row.memberships.select_related("workspace", "user") if is_only_owner(one))
        sentences = [ONLY_OWNER.format(user=row, workspace=one.workspace) for one in owned]
        return [*sentences, *super().reasons_to_keep(row)]

    @admin.action(description="Deactivate, and revoke their API keys", permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        users = [user for user in queryset if self.has_change_permission(request, user)]
        for user in users:
            deactivate_user(user, by=signed_in(request))
        self.message_user(
            request, f"Deactivated {len(users)}; they cannot sign in and their keys are revoked."
        )


@admin.register(Workspace)
class WorkspaceAdmin(BigTableAdmin[Workspace]):
    search_names = ("name",)
    ordering = ("name",)
    list_display = ("name", "serial", "created_at")
    readonly_fields = ("id", "serial", "created_at")
    deleted_along = (Membership, ApiKey, AuditEntry)

    def get_form(
        self,
        request: HttpRequest,
        obj: Workspace | None = None,
        change: bool = False,  # noqa: FBT001, FBT002
        **kwargs: Any,
    ) -> type[ModelForm[Workspace]]:
        if obj is None:
            kwargs["form"] = WorkspaceAddForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Workspace | None = None) -> tuple[str, ...]:
        return ("name", "owner") if obj is None else ("name", *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: bool) -> None:  # noqa: FBT001
        """A new one was made by its form, with its serial number and its owner."""
        if change:
            super().save_model(request, obj, form, change)


@admin.register(Membership)
class MembershipAdmin(BigTableAdmin[Membership]):
    form = MembershipEditForm
    list_display = ("user", "workspace", "role", "created_at")
    list_select_related = ("user", "workspace")
    list_filter = (("workspace", AutocompleteSelectFilter), "role")
    autocomplete_fields = ("workspace", "user")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("workspace", "user") if obj else ()

    def reasons_to_keep(self, row: Membership) -> list[str]:
        return [ONLY_OWNER.format(user=row.user, workspace=row.workspace)] if is_only_owner(row) else []

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        audit_membership(obj, "member.change" if change else "member.add", by=signed_in(request))

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        audit_membership(obj, "member.remove", by=signed_in(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """One after the other, so that the last owner of a workspace is seen to be the last."""
        for membership in queryset.select_related("workspace", "user"):
            if is_only_owner(membership):
                self.message_user(request, self.reasons_to_keep(membership)[0], messages.ERROR)
            else:
                self.delete_model(request, membership)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin[ApiKey]):
    """Keys are made on the pages and by the command, where their secret can be shown once."""

    search_names = ("name", "prefix")
    list_display = ("prefix", "name", "workspace", "user", "environment", "last_used_at", "revoked_at")
    list_select_related = ("workspace", "user")
    list_filter = (("workspace", AutocompleteSelectFilter), "environment")
    fields = (
        *("prefix", "name", "workspace", "user", "environment", "scopes", "dataset_id"),
        *("created_at", "last_used_at", "expires_at", "revoked_at"),
    )
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(signed_in(request).has_perm("accounts.change_apikey"))

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        keys = list(queryset.select_related("workspace"))
        for key in keys:
            revoke_key(key, user=signed_in(request))
        self.message_user(request, f"Revoked {len(keys)}; calls that use them are refused from now on.")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    list_display = ("action", "workspace", "user", "subject_id", "created_at")
    list_select_related = ("workspace", "user")
    list_filter = (("workspace", AutocompleteSelectFilter),)
    list_defer = excerpts = ("details",)
    fields = ("action", "workspace", "user", "subject_id", "details_shown", "created_at")

    details_shown = excerpt_field("details", "Details")


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ThemedAdmin[Group]):
    pass


def is_only_owner(membership: Membership) -> bool:
    owners = Membership.objects.owners().filter(workspace=membership.workspace_id)
    return membership.role == Membership.Role.OWNER and not owners.exclude(pk=membership.pk).exists()


def audit_membership(membership: Membership, action: str, *, by: User) -> None:
    record_audit(
        membership.workspace,
        user=by,
        action=action,
        subject_id=membership.user_id,
        details={"role": membership.role},
    )
