"""The maintainers' workshop: a local page on which a guide is read, tried and bettered without knowing YAML."""
