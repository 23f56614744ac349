"""A mail server for one machine: it takes every mail, sends none on, and shows them on a page."""
