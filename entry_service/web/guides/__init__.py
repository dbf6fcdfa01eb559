"""Guides of one page each: for staff at a door, officers at the health centre, and whoever runs the service."""
