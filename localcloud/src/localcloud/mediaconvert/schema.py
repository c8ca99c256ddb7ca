"""MediaConvert's own way to tell what is wrong with a request: JSON pointers in its own names, then a sentence."""

from __future__ import annotations

from botocore.model import ServiceModel

from localcloud import service_model as models
from localcloud.service_model import Problem, Rule


def service_model() -> ServiceModel:
    """MediaConvert's service model as botocore ships it."""
    return models.service_model("mediaconvert")


_SENTENCES = {
    Rule.TYPE: "Should be of type {bound}",
    Rule.PATTERN: "Should match the pattern {bound}",
    Rule.LEAST: "Should be greater than or equal to {bound:g}",
    Rule.MOST: "Should be less than or equal to {bound:g}",
    Rule.SHORTEST: "Should be at least {bound} characters long",
    Rule.LONGEST: "Should be at most {bound} characters long",
    Rule.FEWEST: "Should have at least {bound} items",
    Rule.MOST_ITEMS: "Should have at most {bound} items",
}


def told(problem: Problem) -> str:
    """One problem as the service tells it."""
    *parents, last = problem.path or ("",)
    parent = "".join(f"/{name}" for name in parents) or "/"
    pointer = "".join(f"/{name}" for name in problem.path)
    if problem.rule is Rule.UNKNOWN:
        return f"{parent}: {last} is not a property of {problem.shape}"
    if problem.rule is Rule.REQUIRED:
        return f"{parent}: {last} is a required property"
    if problem.rule is Rule.ENUM:
        return f"{pointer}: Should be one of the enum values: {', '.join(problem.bound)}"
    if problem.rule is Rule.ONE_OF:
        return f"{pointer}: Should have exactly one of {', '.join(problem.bound)}"
    return f"{pointer}: {_SENTENCES[problem.rule].format(bound=problem.bound)}"
