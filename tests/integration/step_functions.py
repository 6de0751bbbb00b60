"""State machines run on this machine.

sfnx runs the definitions: their JSONata, Retry and Catch do what its author has measured in Step
Functions, and a field that it does not know is an error. What differs is listed at
https://github.com/iwamot/sfnx/blob/main/docs/testing.md: above all, time does not pass, so waits
are noted down here.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfnx.testing import Call, Failure, Wait, run

from tests.integration.task_services import REGION, client_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.task_services import Services

STATE_MACHINES = f"arn:aws:states:{REGION}:123456789012:stateMachine"


@dataclass
class Execution:
    """An execution; `output` is what it returned, None while it runs and when it failed."""

    arn: str
    input: Any
    status: str = "RUNNING"
    output: Any = None
    error: str | None = None
    cause: str | None = None


class StepFunctions:
    """State machines and their executions.

    An execution has ended when the call that starts it returns; those that other threads start
    run at the same time.

    Attributes
    ----------
    waits
        How long retries, at most, and Wait states would have waited, in seconds.
    """

    def __init__(self, services: Services) -> None:
        self.waits: list[float] = []
        self._services = services
        services.start_execution = self._start_execution
        self._definitions: dict[str, str] = {}
        self._executions: defaultdict[str, dict[str, Execution]] = defaultdict(dict)
        self._lock = threading.Lock()

    def create(self, name: str, definition: str) -> str:
        """Create a state machine; return its ARN."""
        arn = f"{STATE_MACHINES}:{name}"
        self._definitions[arn] = definition
        return arn

    def executions(self, machine: str) -> list[Execution]:
        """Return a state machine's executions, in the order of their start."""
        return list(self._executions[machine].values())

    def run(self, machine: str, given: Any) -> Execution:
        """Run an execution from its input to its end."""
        with self._lock:
            name = f"test-{len(self._executions[machine])}"
            execution = self._create_execution(machine, name, given)
        self._run(machine, name, execution)
        return execution

    def _start_execution(self, **parameters: str) -> dict[str, str]:
        """Start an execution as the API does, which starts one of a name.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        machine, name = parameters["StateMachineArn"], parameters["Name"]
        given = json.loads(parameters["Input"])
        with self._lock:
            known = self._executions[machine].get(name)
            if known and (known.status, known.input) != ("RUNNING", given):
                raise client_error("ExecutionAlreadyExists", f"Execution Already Exists: {name}")
            execution = known or self._create_execution(machine, name, given)
        if not known:
            self._run(machine, name, execution)
        return {"ExecutionArn": execution.arn}

    def _create_execution(self, machine: str, name: str, given: Any) -> Execution:
        arn = f"{machine.replace('stateMachine', 'execution')}:{name}"
        return self._executions[machine].setdefault(name, Execution(arn, given))

    def _run(self, machine: str, name: str, execution: Execution) -> None:
        # sfnx gives every execution the same name and ARN.
        text = self._definitions[machine].replace("$states.context.Execution.Name", f"'{name}'")
        definition = json.loads(text.replace("$states.context.Execution.Id", f"'{execution.arn}'"))
        states = definition["States"]
        backoff = Backoff(states)

        def task(call: Call) -> Any:
            assert isinstance(call.arguments, dict)
            self.waits += backoff.waits(call.state)
            try:
                return self._services.call(call.resource, call.arguments)
            except Failure as failure:
                backoff.failed(call.state, failure.error)
                raise

        ended = run(definition, execution.input, task, on_wait=self._on_wait)
        entered = sum(states[state]["Type"] == "Task" for state in ended.states)
        assert len(ended.calls) == entered + backoff.retries, (
            "a Task has failed before its call, or was entered again and taken for a retry"
        )
        execution.error, execution.cause = ended.error, ended.cause
        execution.output = ended.output if ended.error is None else None
        execution.status = "SUCCEEDED" if ended.error is None else "FAILED"

    def _on_wait(self, wait: Wait) -> None:
        assert wait.seconds is not None, "no time passes in which a timestamp could come"
        self.waits.append(wait.seconds)


class Backoff:
    """How long the retries of an execution wait at most; sfnx does not wait between them.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html

    Parameters
    ----------
    states
        The definition's states, by name.

    Attributes
    ----------
    retries
        How many there were.
    """

    def __init__(self, states: Mapping[str, Any]) -> None:
        self.retries = 0
        self._states = states
        self._attempts: Counter[int] = Counter()
        self._failure: tuple[str, str] | None = None

    def failed(self, state: str, error: str) -> None:
        """Note that a state's call has failed."""
        self._failure = state, error

    def waits(self, state: str) -> list[float]:
        """Return how long a state has waited before its call, in seconds, if it is a retry."""
        failure, self._failure = self._failure, None
        if failure is None or failure[0] != state:
            self._attempts.clear()
            return []
        retriers = self._states[state]["Retry"]
        # The first that names the error counts the attempt, even with none left.
        number = [_matches(retrier["ErrorEquals"], failure[1]) for retrier in retriers].index(True)
        retrier = retriers[number]
        # Retries without jitter come together, however many they are.
        assert retrier.get("JitterStrategy") == "FULL", f"{state} retries without jitter"
        backoff = retrier.get("BackoffRate", 2) ** self._attempts[number]
        self._attempts[number] += 1
        self.retries += 1
        wait = retrier.get("IntervalSeconds", 1) * backoff
        return [min(wait, retrier.get("MaxDelaySeconds", wait))]


def _matches(error_equals: list[str], error: str) -> bool:
    failed = error != "States.Timeout" and "States.TaskFailed" in error_equals
    return failed or error in error_equals or "States.ALL" in error_equals


def evaluate(expression: str, given: Any) -> Any:
    """Evaluate JSONata as a state does; `$states.input` is what is given."""
    state = {"Type": "Pass", "Output": f"{{%{expression}%}}", "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Pass", "States": {"Pass": state}}
    return run(definition, given).output
