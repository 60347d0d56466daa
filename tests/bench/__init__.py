"""`make bench`: what the product does per second, beside the bare engine in the same run."""
