# A Rasa server that has learnt nlu_data: docker compose --profile rasa up --build. docs/rasa.md says when it is worth its 3 GB.

FROM python:3.10-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    RASA_TELEMETRY_ENABLED=false \
    SQLALCHEMY_SILENCE_UBER_WARNING=1 \
    TF_CPP_MIN_LOG_LEVEL=2
WORKDIR /app
COPY nlu_data/rasa rasa
RUN pip install --no-cache-dir --requirement rasa/requirements.txt \
    && useradd --uid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin rasa \
    && chown rasa /app
USER 10001
COPY nlu_data nlu_data
RUN nlu_data/rasa/train.sh danloi.tar.gz
EXPOSE 5005
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5005/status', timeout=4)"]
# Without a token anybody who reaches the port may load another model: keep it inside the compose network.
CMD ["rasa", "run", "--enable-api", "--model", "danloi.tar.gz", "--interface", "0.0.0.0", "--port", "5005"]
