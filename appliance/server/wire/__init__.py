"""Between JSON and the use cases: parse what comes in, serialize what goes out."""
