"""What set-up compiles: both searches of the scan of counts, for every model, and everything else once."""

from analytics import warm
from analytics.statistics.scan import count_scan


def test_both_searches_are_compiled_for_every_model(monkeypatch):
    called = []
    for name in ("search", "largest_ratios"):
        real = getattr(count_scan, name)
        monkeypatch.setattr(
            count_scan,
            name,
            lambda study, *rest, real=real, name=name: called.append((name, study.model)) or real(study, *rest),
        )
    warm.scans()
    models = ("poisson", "bernoulli", "permutation")
    assert set(called) == {(name, model) for name in ("search", "largest_ratios") for model in models}


def test_the_other_parts_run_on_the_toy_town():
    warm.persons()
    warm.others()
