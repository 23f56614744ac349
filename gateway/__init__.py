"""The web process: pages and the JSON API."""

from gateway.app import create_app

__all__ = ["create_app"]
