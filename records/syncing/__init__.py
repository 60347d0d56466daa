"""Documents to records: files are attached to datasets, and each sync brings their records in step with the file.

A record is tied to the file that it was made of while it has `file_id`, `place` and `source_fingerprint`: the
fingerprint of the text as the file gave it. Another fingerprint now means that a person edited it. A record that the
file has lost is freed: the three are emptied, and only its `source` still names the file.
"""
