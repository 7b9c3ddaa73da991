"""The adapter of the sandbox payment service that comes with Tallystick (`tallystick_sandbox`), spoken to over HTTP."""
