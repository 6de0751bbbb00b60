"""What lies in an account: everything that a stack of ours could leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.emulator.account import Account

# Of each service: what to ask, where the answer has it, and its name there.
_LISTS: tuple[tuple[str, str, dict[str, str], str, str | None], ...] = (
    ("apigateway", "get_api_keys", {}, "items", "name"),
    ("apigateway", "get_rest_apis", {}, "items", "id"),
    ("apigateway", "get_usage_plans", {}, "items", "name"),
    ("cloudwatch", "describe_alarms", {}, "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", {}, "DashboardEntries", "DashboardName"),
    ("ecr", "describe_repositories", {}, "repositories", "repositoryName"),
    ("ecs", "list_clusters", {}, "clusterArns", None),
    ("events", "list_rules", {}, "Rules", "Name"),
    ("iam", "list_policies", {"Scope": "Local"}, "Policies", "PolicyName"),
    ("iam", "list_roles", {}, "Roles", "RoleName"),
    ("lambda", "list_event_source_mappings", {}, "EventSourceMappings", "UUID"),
    ("lambda", "list_functions", {}, "Functions", "FunctionName"),
    ("lambda", "list_layers", {}, "Layers", "LayerName"),
    ("logs", "describe_log_groups", {}, "logGroups", "logGroupName"),
    ("s3", "list_buckets", {}, "Buckets", "Name"),
    ("scheduler", "list_schedules", {}, "Schedules", "Name"),
    ("sns", "list_topics", {}, "Topics", "TopicArn"),
    ("sqs", "list_queues", {}, "QueueUrls", None),
    ("stepfunctions", "list_state_machines", {}, "stateMachines", "name"),
    ("wafv2", "list_web_acls", {"Scope": "REGIONAL"}, "WebACLs", "Name"),
)
# Where the SAM CLI keeps what it deploys; it makes that once in an account.
_SAM = "aws-sam-cli-managed-default"


def inventory(account: Account) -> set[str]:
    """Return what is there, each by its service and name, without what is the SAM CLI's."""
    found = {
        f"cloudformation {each['StackName']} {each['StackStatus']}"
        for each in account.client("cloudformation").describe_stacks()["Stacks"]
    }
    for service, operation, parameters, key, name in _LISTS:
        client = account.client(service)
        pages = (
            client.get_paginator(operation).paginate(**parameters)
            if client.can_paginate(operation)
            else [getattr(client, operation)(**parameters)]
        )
        for page in pages:
            entries = page.get(key, [])
            found |= {f"{service} {each[name] if name else each}" for each in entries}
    return {each for each in found if _SAM not in each}
