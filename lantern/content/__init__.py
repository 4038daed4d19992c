"""What editors write, read and checked, with every mistake told in plain words. The texts themselves are in `content/`.

Its files: `models.py` (an article's fields and their limits), `loading.py` (reading the folder, and the rules
between values), `shapes.py` (mistakes in fields: misspelt, missing, of the wrong kind), `yaml_reader.py` (mistakes of
YAML, and the line of every value), `problems.py` (how a mistake is told).
"""
