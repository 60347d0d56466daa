from __future__ import annotations

import logging
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from project.lib.storage import Arrival

logger = logging.getLogger(__name__)


class DirectS3Storage(S3Storage):  # type: ignore[misc]
    """Object storage with pre-signed uploads, at the address by which clients reach it."""

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "public_endpoint_url": None}

    def upload_url(self, name: str, *, size_bytes: int, lifetime: timedelta) -> str:
        """The length is signed. The type is not: the vendor's client sends another one than it was told."""
        url: str = self._public_client().generate_presigned_url(
            "put_object",
            Params={"Bucket": self.bucket_name, "Key": name, "ContentLength": size_bytes},
            ExpiresIn=int(lifetime.total_seconds()),
        )
        return url

    def arrival(self, name: str) -> Arrival | None:
        try:
            head = self.connection.meta.client.head_object(Bucket=self.bucket_name, Key=name)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
                logger.warning("object storage does not say what has arrived: %s", error)
            return None
        except BotoCoreError as error:
            logger.warning("object storage is away: %s", error)
            return None
        return Arrival(size_bytes=head["ContentLength"], etag=head["ETag"])

    def _public_client(self) -> Any:
        if self.public_endpoint_url is None:
            return self.connection.meta.client
        return self._create_session().client(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.public_endpoint_url,
            config=self.client_config,
            verify=self.verify,
        )
