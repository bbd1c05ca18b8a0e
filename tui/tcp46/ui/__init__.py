"""The monitor: Textual's app, screens and widgets."""
