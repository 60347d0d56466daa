"""What changes records, one function per use case; every door calls these."""

from records.actions.adding import add_records, record_from_draft
from records.actions.bulk import Preview, Sample, change_records, preview_change, start_change
from records.actions.campaigns import (
    delete_campaign,
    resume_campaign,
    start_campaign,
    start_campaign_import,
    start_campaign_import_of_its_own,
    update_campaign,
)
from records.actions.deciding import decide, serve_skipped_again, take_back
from records.actions.editing import (
    replace_meta,
    replace_payload,
    replace_source,
    replace_text,
    rewrite_record,
    set_status,
    update_record,
)
from records.actions.erasing import erase_from, erase_records, erase_rows
from records.actions.exporting import EXPORT_EVENT, ExportAs, export_matching, export_selected
from records.actions.keeping import keep_columns
from records.actions.log_files import start_log_file_import
from records.actions.log_imports import start_log_import, start_thread_import
from records.actions.log_samples import start_named_sample, start_sample, start_sample_of_its_own
from records.actions.repairing import edit_details, edit_tags, edit_text, edit_turns
from records.actions.sampling_rules import (
    change_sampling_rule,
    create_rule_of_its_own,
    create_sampling_rule,
    delete_sampling_rule,
    pause_sampling_rule,
    repeat_run,
    resume_sampling_rule,
    run_due_rules,
    run_sampling_rule,
)
from records.actions.sessions import preview_session, save_session
from records.actions.starting import start_copy, start_erasure, start_import, start_job
from records.actions.thread_samples import start_thread_sample, start_thread_sample_of_its_own
from records.actions.transferring import copy_records, move_records, preview_transfer
from records.actions.trashing import purge_records, purge_trash, restore_records, trash_records
from records.actions.undoing import count_erased, start_undo, undo, undo_revision

__all__ = [
    "EXPORT_EVENT",
    "ExportAs",
    "Preview",
    "Sample",
    "add_records",
    "change_records",
    "change_sampling_rule",
    "copy_records",
    "count_erased",
    "create_rule_of_its_own",
    "create_sampling_rule",
    "decide",
    "delete_campaign",
    "delete_sampling_rule",
    "edit_details",
    "edit_tags",
    "edit_text",
    "edit_turns",
    "erase_from",
    "erase_records",
    "erase_rows",
    "export_matching",
    "export_selected",
    "keep_columns",
    "move_records",
    "pause_sampling_rule",
    "preview_change",
    "preview_session",
    "preview_transfer",
    "purge_records",
    "purge_trash",
    "record_from_draft",
    "repeat_run",
    "replace_meta",
    "replace_payload",
    "replace_source",
    "replace_text",
    "restore_records",
    "resume_campaign",
    "resume_sampling_rule",
    "rewrite_record",
    "run_due_rules",
    "run_sampling_rule",
    "save_session",
    "serve_skipped_again",
    "set_status",
    "start_campaign",
    "start_campaign_import",
    "start_campaign_import_of_its_own",
    "start_change",
    "start_copy",
    "start_erasure",
    "start_import",
    "start_job",
    "start_log_file_import",
    "start_log_import",
    "start_named_sample",
    "start_sample",
    "start_sample_of_its_own",
    "start_thread_import",
    "start_thread_sample",
    "start_thread_sample_of_its_own",
    "start_undo",
    "take_back",
    "trash_records",
    "undo",
    "undo_revision",
    "update_campaign",
    "update_record",
]
