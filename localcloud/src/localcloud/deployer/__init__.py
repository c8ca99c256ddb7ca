"""Deploys any Pulumi Python program (pulumi-aws) onto a running local cloud, without the Pulumi CLI.

The program itself runs, in this process, against a resource monitor of ours. Each resource is made by boto3 calls
to the cloud's endpoint, and its outputs are read back from the services. What cannot be deployed is refused by name.

>>> deployment = deploy(Path("."), "local", "http://127.0.0.1:5000", state_file=Path("build/local.json"))
>>> deployment.outputs["bucketName"]
"""

from localcloud.deployer.errors import (
    ConfigError,
    DeployError,
    ProgramFailed,
    Protected,
    ServiceRefused,
    UnknownProperty,
    UnknownResourceType,
)
from localcloud.deployer.results import Deployed, Deployment
from localcloud.deployer.run import deploy, destroy

__all__ = [
    "ConfigError",
    "DeployError",
    "Deployed",
    "Deployment",
    "ProgramFailed",
    "Protected",
    "ServiceRefused",
    "UnknownProperty",
    "UnknownResourceType",
    "deploy",
    "destroy",
]
