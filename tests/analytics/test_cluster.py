"""A Dask cluster gives the same answer to the last bit; one that cannot be used is refused in one sentence."""

import socket
import sys

import numpy as np
import pandas as pd
import pytest
from distributed import LocalCluster

from analytics.cluster import dask_cluster
from analytics.geography import centres
from analytics.parameters import Parameters
from analytics.refusals import ClusterRefused
from analytics.verdict import scan_persons
from tests.analytics.test_verdict import exposure_of, told
from tests.analytics.town import make_town, squares


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_cluster_gives_the_same_answer_to_the_last_bit():
    town = make_town(7)
    arguments = (told(town, town.cases(20)), exposure_of(town), centres(squares()))
    parameters = Parameters(replicates=99, max_radius_m=1_200)
    here = scan_persons(*arguments, parameters)
    steps = []
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as workers,
        dask_cluster(workers.scheduler_address) as spread,
    ):
        there = scan_persons(*arguments, parameters, lambda *step: steps.append(step), spread)
    assert np.array_equal(here.maxima, there.maxima)
    pd.testing.assert_frame_equal(here.clusters, there.clusters, check_exact=True)
    pd.testing.assert_frame_equal(here.units, there.units, check_exact=True)
    assert steps[-1][1] == steps[-1][2]


def test_a_cluster_without_workers_is_refused():
    with (
        LocalCluster(n_workers=0, processes=False, dashboard_address=None) as workers,
        pytest.raises(ClusterRefused, match="has no workers"),
        dask_cluster(workers.scheduler_address),
    ):
        raise AssertionError("it was taken")


def test_what_is_no_scheduler_is_refused(monkeypatch):
    monkeypatch.setattr("analytics.cluster.WAIT", 0.3)
    with (
        pytest.raises(ClusterRefused, match="no Dask scheduler answers at tcp"),
        dask_cluster(f"tcp://127.0.0.1:{free_port()}"),
    ):
        raise AssertionError("it was taken")


def test_without_dask_the_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterRefused, match="pip install --group cluster"), dask_cluster("tcp://127.0.0.1:1"):
        raise AssertionError("it was taken")
