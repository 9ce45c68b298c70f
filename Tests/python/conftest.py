"""What holds for all checks between processes."""

import os

# Nothing is announced on the networks of whoever runs the checks; test_nearby.py has networks and
# daemons of its own.
os.environ["TALLY_AVAHI"] = "off"
