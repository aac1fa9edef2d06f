"""Fakes and makers for tests, ours and those of integrators: no mock, no network."""
