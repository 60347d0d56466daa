"""Which code does the work of which kind of job; loaded when the app is ready."""

from datasets.jobs import register_handler
from datasets.models import Job
from records.bulkwork import BulkChange, RevisionUndo
from records.campaigns import CampaignRun
from records.copying import RecordCopy
from records.erasure import RecordErasure
from records.importing import FileImport
from records.logfiles import LogFileImport
from records.logimports import LogImport, ThreadImport
from records.logsamples import LogSampling
from records.purging import DatasetPurge
from records.syncing.work import FileSync, SyncPlanning
from records.threadsamples import ThreadSampling

register_handler(Job.Kind.IMPORT_FILE, FileImport())
register_handler(Job.Kind.IMPORT_RECORDS, RecordCopy())
register_handler(Job.Kind.IMPORT_LOGS, LogImport())
register_handler(Job.Kind.IMPORT_THREADS, ThreadImport())
register_handler(Job.Kind.IMPORT_LOG_FILE, LogFileImport())
register_handler(Job.Kind.SAMPLE_LOGS, LogSampling())
register_handler(Job.Kind.SAMPLE_THREADS, ThreadSampling())
register_handler(Job.Kind.ERASE_RECORDS, RecordErasure())
register_handler(Job.Kind.RUN_CAMPAIGN, CampaignRun())
register_handler(Job.Kind.SYNC_FILE, FileSync())
register_handler(Job.Kind.PLAN_SYNC, SyncPlanning())
register_handler(Job.Kind.BULK_CHANGE, BulkChange())
register_handler(Job.Kind.UNDO_REVISION, RevisionUndo())
register_handler(Job.Kind.PURGE_DATASET, DatasetPurge())
