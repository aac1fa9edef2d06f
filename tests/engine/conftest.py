"""One engine of each kind for the whole session, when its model is here."""

from collections.abc import Iterator

import pytest
from engine_models import spec_of

from demeure.engine.trial import Trial, trial


@pytest.fixture(scope="session")
def chat_engine() -> Iterator[Trial]:
    with trial(spec_of("chat")) as running:
        yield running


@pytest.fixture(scope="session")
def embed_engine() -> Iterator[Trial]:
    with trial(spec_of("embed")) as running:
        yield running
