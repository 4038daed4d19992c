"""What editors write, read and checked, with every mistake told in plain words. The texts themselves are in `content/`.

Its files: `models.py` (the fields of articles and translations, their limits, and an article in another language),
`loading.py` (reading the folder, and the rules between values), `shapes.py` (mistakes in fields: misspelt, missing, of
the wrong kind), `yaml_reader.py` (mistakes of YAML, and the line of every value), `problems.py` (how a mistake is
told).
"""
