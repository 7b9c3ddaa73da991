"""The web server's threads: each has its language, and none waits for another to look at it."""

import importlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.utils import translation
from django.utils.translation import trans_real

import tallystick.wsgi


def test_each_thread_has_its_language_without_a_lock_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trans_real, "_active", trans_real._active)
    importlib.reload(tallystick.wsgi)
    with translation.override("de"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(translation.get_language).result() == "en"
        assert translation.get_language() == "de"
        # Django's own place for it, which later versions may call otherwise.
        assert trans_real._active.value.language() == "de"
    assert "_lock" not in vars(trans_real._active)
