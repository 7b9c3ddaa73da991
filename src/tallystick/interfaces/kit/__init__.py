"""The shared user interface: design tokens, components, formatting, and the living page that shows them."""
