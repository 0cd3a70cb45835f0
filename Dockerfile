FROM python:3.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

WORKDIR /opt/saywhy
COPY requirements.txt requirements-build.txt ./
RUN pip install --require-hashes -r requirements.txt -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY addons addons
COPY block_pages block_pages
COPY catalogue catalogue
COPY languages languages
COPY policies policies
RUN pip install --no-deps --no-build-isolation . \
    && useradd --system --uid 10001 --home-dir /var/lib/saywhy --create-home saywhy \
    && install -d -o saywhy -g saywhy -m 0700 /var/lib/saywhy/state \
    && install -d -o saywhy -g saywhy /run/saywhy

USER saywhy
WORKDIR /var/lib/saywhy
# The school's own policy goes to /opt/saywhy/policies (read only is enough); keys, requests and logs stay in the volume.
VOLUME /var/lib/saywhy/state
EXPOSE 8080 8081 9090
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9090/healthz/live', timeout=4)"]
ENTRYPOINT ["saywhy", "run", "--policies", "/opt/saywhy/policies", "--state", "/var/lib/saywhy/state", \
    "--listen", "0.0.0.0:8080", "--portal", "0.0.0.0:8081", "--metrics", "0.0.0.0:9090"]
