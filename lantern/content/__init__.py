"""What editors write, read and checked, with every mistake told in plain words. The texts themselves are in `content/`.

Look first at `models.py` (an article's fields and their limits), `loading.py` (reading the folder), `yaml_reader.py`
(one file, and what is said of its mistakes).
"""
