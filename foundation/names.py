"""What the foundation's things are called: its program makes them, `vcp deploy` finds them by these names."""

from __future__ import annotations

#: Pulumi project and the one stack of it in an account and region.
PROJECT = "vcp-foundation"
STACK = "account"
#: CloudFormation stack of `state.json`: what has to be there before Pulumi can keep any state.
STATE_STACK = "vcp-state"
#: Image (the Dockerfile's target) -> ECR repository.
REPOSITORIES = {"media": "vcp/media", "core": "vcp/core"}
#: The stack that is deployed from the main branch without being asked. All others: by approval, from an environment
#: of their own name.
FIRST_STACK = "dev"
IMAGES_ROLE = "vcp-ci-images"
PREVIEW_ROLE = "vcp-ci-preview"
#: A tag that tells which stack ran an image: `<stack>-<revision>`. Lifecycle rules count by it.
DEPLOYED_TAG = "{stack}-{revision}"


def state_bucket(account_id: str, region: str) -> str:
    """The bucket with the state of all stacks, each below its own prefix."""
    return f"vcp-state-{account_id}-{region}"


def backend_url(account_id: str, region: str, project_stack: str) -> str:
    """Where Pulumi keeps a stack's state. `project_stack`: a stack of the pipeline, or `foundation`."""
    return f"s3://{state_bucket(account_id, region)}/{project_stack}?region={region}"


def key_alias(project_stack: str) -> str:
    """Alias of the key that encrypts a stack's secrets."""
    return f"alias/vcp-state-{project_stack}"


def secrets_provider(region: str, project_stack: str) -> str:
    """The same key as Pulumi wants to be told it."""
    return f"awskms://{key_alias(project_stack)}?region={region}"


def deploy_role(stack: str) -> str:
    """The role that deploys a stack from CI."""
    return f"vcp-ci-deploy-{stack}"


def boundary(stack: str) -> str:
    """The policy that bounds every identity of a stack."""
    return f"vcp-boundary-{stack}"


def boundary_arn(account_id: str, stack: str, partition: str = "aws") -> str:
    """ARN of that policy."""
    return f"arn:{partition}:iam::{account_id}:policy/{boundary(stack)}"
