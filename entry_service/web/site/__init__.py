"""Pages of a private site that asks to take part: the form, and how far its request has come."""
