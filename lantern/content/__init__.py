"""Reads and checks what editors write: the files of ``content/``. No Discord here."""
