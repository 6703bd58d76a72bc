"""The till: what happens to money, from the bill to the closed day."""
