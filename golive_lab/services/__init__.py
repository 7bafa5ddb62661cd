"""One file a server: fetch, start, ready, settle. The supervisor runs what these describe."""
