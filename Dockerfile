# One image for every role: `serve` (all in one, with its own database), `web`, `worker`, and the operator's commands.
# docs/operations.md says how to run it; docs/not-built-here.md what of it CI exercises.

FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY docker docker
COPY bot bot
RUN docker/install.sh /opt/danloi

FROM python:3.13-slim-bookworm
# tini reaps what a killed database leaves behind; its version follows the Debian release of the base image.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --home-dir /app --shell /usr/sbin/nologin danloi \
    && install --directory --owner danloi --group danloi --mode 0700 /data
COPY --from=build /opt/danloi /opt/danloi
WORKDIR /app
COPY flows flows
COPY nlu_data nlu_data
COPY locales locales
ENV PATH=/opt/danloi/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DANLOI_DATA_DIR=/data \
    DANLOI_HOST=0.0.0.0 \
    DANLOI_LOG_FORMAT=json
USER 10001
# The embedded database, the spool and the caches. With DANLOI_DATABASE_URL no database is started here.
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ.get(\"DANLOI_PORT\", \"8000\")}/healthz', timeout=4)"]
ENTRYPOINT ["tini", "--", "danloi"]
CMD ["serve"]
