import pytest

from support.netns import Namespace, why_no_namespace


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
