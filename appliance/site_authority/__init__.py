"""The shop's certificate authority, which lives on the technician's machine.

The authority's key never leaves that machine, and the appliance's never leaves the appliance: what
travels is a request and a certificate. It needs nothing but `cryptography`, which comes with
Ansible: a laptop with a checkout has everything.
"""
