"""Makes the image that is flashed on a card, of the same roles and the same release file."""
