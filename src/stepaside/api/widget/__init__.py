"""The widget's door: what a visitor's browser may ask, without an account's key."""

from stepaside.api.widget.demo_page import demo_page_routes
from stepaside.api.widget.routes import widget_router

__all__ = ["demo_page_routes", "widget_router"]
