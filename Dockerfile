# Two steps: the packages are installed and compiled in one, and only what runs is taken over into the other.
FROM python:3.11-slim-bookworm AS packages
# Extras to install beside `semantic`, which understands questions by their meaning (100 MB), such as postgres
# (docs/scale.md).
ARG EXTRAS=
WORKDIR /build
COPY requirements requirements
# pip compiles what it installs: without bytecode a start takes three times as long. Lantern itself runs from /app, and pip
# goes again.
RUN python -m venv /venv \
 && for each in semantic $EXTRAS; do \
      /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements/$each.txt \
      || exit 1; done \
 && /venv/bin/pip uninstall --yes --quiet setuptools pip

FROM python:3.11-slim-bookworm
ARG EXTRAS=
WORKDIR /app
# pg_dump, pg_restore and psql, for backups of a database on a server.
RUN case "$EXTRAS" in *postgres*) apt-get update && apt-get install --yes --no-install-recommends postgresql-client \
 && rm -rf /var/lib/apt/lists/* ;; esac
COPY --from=packages /venv /venv
COPY bot.py LICENSE ./
COPY cogs cogs
COPY lantern lantern
COPY content content
COPY docs/moderators*.md docs/
RUN /venv/bin/python -m compileall -q /app \
 && install --directory --owner=10001 --group=10001 --mode=0700 /data /key
# The root file system may be read-only: all that is written goes to /data, and what charts need for a moment to /tmp. The
# database, when it is written anew, needs its own size once more. /key is for the key that several processes share.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    SQLITE_TMPDIR=/data \
    LANTERN_DATABASE=/data/lantern.sqlite3
VOLUME /data
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "bot.py", "status"]
ENTRYPOINT ["python", "bot.py"]
CMD ["run"]
