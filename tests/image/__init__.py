"""The finished image, flashed on a disk that is a file, started as anybody's card is."""
