"""What Jinja and Werkzeug compile for a service, compiled once in a process and not for every test's service."""

from collections.abc import Callable

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

compile_builder = Rule._compile_builder


class KeptTemplates(BytecodeCache):
    """Keeps the code of templates; Jinja itself compiles anew where the source is another."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


class KeptBuilders:
    """Keeps the functions that make addresses; they find the converters in the rule they are bound to."""

    def __init__(self) -> None:
        self.kept: dict[tuple, Callable[..., tuple[str, str]]] = {}

    def of(self, rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        made_of = (rule.rule, tuple(rule._trace), append_unknown)
        if made_of not in self.kept:
            self.kept[made_of] = compile_builder(rule, append_unknown)
        return self.kept[made_of]


def compile_once() -> None:
    """Let every service of this process share what is compiled."""
    builders = KeptBuilders()
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": KeptTemplates()}
    Rule._compile_builder = lambda rule, append_unknown=True: builders.of(rule, append_unknown)
