"""No message that should not be, whatever people do in whichever order; the long run is a bench."""

from hypothesis import settings

from tests.hub_server.decision_store import DecisionStore

TestDecisionStore = DecisionStore.TestCase
# 20,000 steps are run by `make bench-decide`.
TestDecisionStore.settings = settings(
    max_examples=6, stateful_step_count=30, deadline=None, derandomize=True
)
