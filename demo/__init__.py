"""The one-command demonstration: everything on the embedded default, started, watched and stopped together."""
