"""What the journal calls each step of a search and of a request."""

SEARCHED = "person-searched"
OPENED, EXTENDED, REFUSED = "person-request", "person-request-extended", "person-request-refusal"
DECIDED, CLOSED = "person-request-decided", "person-request-end"
ERASURE, STEP, EXPORTED = "person-request-erased", "person-data-erased", "person-exported"
ACTS = (SEARCHED, OPENED, EXTENDED, REFUSED, DECIDED, CLOSED, ERASURE, STEP, EXPORTED)
"""Intentions that a crash leaves open: closed as interrupted. Their contents name whom they are about: no search
looks into them."""
