"""Versions of the product as signed folders that people carry: made, verified, installed, and gone back from."""
