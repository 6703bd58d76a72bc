"""A machine that boots, provisioned as a technician would, looked at from outside."""
