"""What the process has imported from which the victims are forked."""

import django

django.setup()

import tests.crashes.victim  # noqa: E402
import tests.scenarios.conftest  # noqa: E402
import tests.usecases.shop  # noqa: E402, F401
