"""What the house can do, measured against a bare endpoint in the same run: `python -m bench`, or `make bench`."""
