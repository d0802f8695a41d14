"""Static drawings of a run: strips and small pictures of per-cent places, which read the same at every width."""
