"""The JSON API as such: how operations declare themselves, and the document that is written from it."""
