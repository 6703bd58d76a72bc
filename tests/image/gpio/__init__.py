"""GPIO lines for a PC: a kernel module of the test's own, and the library that reads them."""
