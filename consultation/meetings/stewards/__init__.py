"""Stewards: chosen by nomination or by a lot that anybody can draw again."""
