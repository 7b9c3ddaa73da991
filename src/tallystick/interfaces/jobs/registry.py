"""Every module of this package registers its jobs when it is imported; importing this one imports them all."""

from importlib import import_module
from pkgutil import iter_modules

from tallystick.interfaces import jobs

for _module in iter_modules(jobs.__path__):
    import_module(f"{jobs.__name__}.{_module.name}")
