import os

import pytest


@pytest.mark.parametrize('number', range(8))
def test_runs_in_an_instance(number):
    assert os.environ['CRCACHE_INSTANCE'].startswith('tests-')
