"""The procedure of four steps and two disclosures (四议两公开)."""
