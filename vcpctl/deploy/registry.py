"""The account's container registry: find images, push them, remember which a stack ran."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from foundation.names import DEPLOYED_TAG, REPOSITORIES
from vcpctl.command_exit import FAILED, CommandExit
from vcpctl.deploy.images import REVISION, Built, Images
from vcpctl.deploy.upload import Layout, Repository

if TYPE_CHECKING:
    from mypy_boto3_ecr.client import ECRClient
    from mypy_boto3_ecr.type_defs import ImageDetailTypeDef, ImageIdentifierTypeDef

#: Lambda developer guide, "Create a Lambda function using a container image": no index of several platforms.
_INDEXES = {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}


class Registry:
    """The account's repositories of the two images."""

    def __init__(self, ecr: ECRClient, host: str, base_url: str) -> None:
        """`host` is part of the images' names, `base_url` where it answers."""
        self._ecr = ecr
        self.host = host
        self._base_url = base_url

    def find(self, wanted: str | Images) -> Images:
        """The images of a revision, or those of these digests. Raises CommandExit when one is not there."""
        if isinstance(wanted, str):
            wanted = self._whole(wanted)
        digests: dict[str, str] = {}
        for image, repository in REPOSITORIES.items():
            key: ImageIdentifierTypeDef = (
                {"imageTag": wanted} if isinstance(wanted, str) else {"imageDigest": wanted.digests[image]}
            )
            detail = self._detail(repository, key)
            if detail is None:
                raise CommandExit(
                    f"The registry has no image {repository} of {next(iter(key.values()))}; the latest are "
                    f"{', '.join(self.latest(repository)) or 'none'}."
                )
            digests[image] = _digest(detail, repository)
        return Images(digests)

    def has(self, revision: str) -> Images | None:
        """The images of this very revision, if both are there."""
        details = {image: self._detail(name, {"imageTag": revision}) for image, name in REPOSITORIES.items()}
        found = {image: _digest(detail, REPOSITORIES[image]) for image, detail in details.items() if detail}
        return Images(found) if found.keys() == REPOSITORIES.keys() else None

    def _whole(self, revision: str) -> str:
        """The revision as it was pushed; people shorten them. Raises CommandExit when it could be several."""
        repository = REPOSITORIES["media"]
        found = [tag for tag in self._revisions(repository) if tag.startswith(revision)]
        if len(found) > 1 and revision not in found:
            raise CommandExit(f"The revision {revision} could be {', '.join(found)}: give more of it.")
        return found[0] if len(found) == 1 else revision

    def latest(self, repository: str, count: int = 5) -> list[str]:
        """The revisions that were pushed last."""
        return self._revisions(repository)[:count]

    def _revisions(self, repository: str) -> list[str]:
        """All revisions in a repository, the latest first."""
        pages = self._ecr.get_paginator("describe_images").paginate(repositoryName=repository)
        try:
            details = [detail for page in pages for detail in page["imageDetails"]]
        except ClientError as refused:
            raise _no_repository(repository, refused) from refused
        details.sort(key=lambda detail: detail["imagePushedAt"], reverse=True)
        return [tag for detail in details for tag in detail.get("imageTags", []) if REVISION.fullmatch(tag)]

    def push(self, found: list[Built]) -> Images:
        """Put images there under their revision, unless it has them."""
        missing = [
            each for each in found if self._detail(REPOSITORIES[each.image], {"imageTag": each.revision}) is None
        ]
        if missing:
            (authorization,) = self._ecr.get_authorization_token()["authorizationData"]
            user, _, password = base64.b64decode(authorization["authorizationToken"]).decode().partition(":")
            for each in missing:
                url = f"{self._base_url}/v2/{REPOSITORIES[each.image]}"
                Repository(url, user, password).push(Layout(each.folder), each.revision)
        there = self.find(found[0].revision)
        for each in missing:
            if there.digests[each.image] != each.digest:
                raise CommandExit(
                    f"The registry has another image as {REPOSITORIES[each.image]}:{each.revision} than the one that "
                    "was built here: somebody pushed it at the same time. Run it again to take theirs.",
                    FAILED,
                )
        return there

    def mark_deployed(self, images: Images, stack: str) -> None:
        """Tag the images as run by a stack, so that the registry keeps them whatever is pushed later."""
        for image, repository in REPOSITORIES.items():
            detail = self._detail(repository, {"imageDigest": images.digests[image]})
            tags = detail.get("imageTags", []) if detail else []
            revision = next((tag for tag in tags if REVISION.fullmatch(tag)), images.digests[image][7:19])
            tag = DEPLOYED_TAG.format(stack=stack, revision=revision)
            if tag in tags:
                continue
            answer = self._ecr.batch_get_image(
                repositoryName=repository, imageIds=[{"imageDigest": images.digests[image]}]
            )
            (held,) = answer["images"]
            self._ecr.put_image(
                repositoryName=repository,
                imageManifest=held["imageManifest"],
                imageTag=tag,
                imageDigest=images.digests[image],
            )

    def _detail(self, repository: str, key: ImageIdentifierTypeDef) -> ImageDetailTypeDef | None:
        try:
            (detail,) = self._ecr.describe_images(repositoryName=repository, imageIds=[key])["imageDetails"]
        except ClientError as refused:
            if refused.response["Error"]["Code"] == "ImageNotFoundException":
                return None
            raise _no_repository(repository, refused) from refused
        return detail


def _no_repository(repository: str, refused: ClientError) -> Exception:
    """The sentence for a repository that is not there; any other refusal as it is."""
    if refused.response["Error"]["Code"] != "RepositoryNotFoundException":
        return refused
    return CommandExit(
        f"This account has no repository {repository} here: run the whole deployment once, without IMAGES=, as "
        "docs/deploying.md tells."
    )


def _digest(detail: ImageDetailTypeDef, repository: str) -> str:
    if detail.get("imageManifestMediaType") in _INDEXES:
        raise CommandExit(
            f"What the registry has as {repository}@{detail['imageDigest']} is an index of images, which Lambda does "
            "not take: build without attestations (docker: --provenance=false --sbom=false) and push again.",
            FAILED,
        )
    return detail["imageDigest"]
