"""Two hundred tests."""

import unittest


class Numbers(unittest.TestCase):
    pass


def make_test(number):
    def test(self):
        self.assertEqual(sum(range(number)), number * (number - 1) // 2)

    return test


for number in range(200):
    setattr(Numbers, f'test_{number:03}', make_test(number))
