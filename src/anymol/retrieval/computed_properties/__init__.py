"""Properties that quantum chemistry computed: the values themselves, and a network fitted to them."""
