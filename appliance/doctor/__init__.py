"""`appliance doctor`: is everything well, and if not, what is to be done?

It looks from outside with the parts that the services use themselves, and changes nothing. It knows
the server and the devices; neither knows it.
"""
