"""The papers of an order as files: the resolution, the slip, the contract behind what was given back."""
