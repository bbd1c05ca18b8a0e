import pytest
from hypothesis import HealthCheck, settings

from support.netns import Namespace, why_no_namespace

# How long an example takes on a loaded machine says nothing.
settings.register_profile("tcp46", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tcp46")


@pytest.fixture
def netns():
    """A fresh network namespace with loopback up; skips where none can be made."""
    reason = why_no_namespace()
    if reason is not None:
        pytest.skip(reason)
    namespace = Namespace()
    try:
        yield namespace
    finally:
        namespace.close()
