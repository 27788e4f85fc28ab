"""How large, how fast, how much memory: see C{README.md}."""
