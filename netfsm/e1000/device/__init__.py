"""A model of the 82540EM: the hands of specs/e1000."""
