# The product: gateway, relay, worker, beat and Flower in one image; docker-compose.yml says which process runs.
# Nothing is compiled: every package of the lock has a wheel for x86-64 and ARM.

# The version the tests run on; the code and the lock allow newer ones.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
WORKDIR /app
COPY requirements/runtime.txt /tmp/runtime.txt
# The environment has no pip of its own: a running container can install nothing into it.
RUN python -m venv --without-pip /opt/gatehouse \
 && pip --python /opt/gatehouse/bin/python install --no-cache-dir --disable-pip-version-check \
      --require-hashes --no-deps --only-binary :all: -r /tmp/runtime.txt
COPY migrations migrations
COPY templates templates
COPY shared shared
COPY gateway gateway
COPY worker worker
# Compiled now, because nothing can be written later.
RUN /opt/gatehouse/bin/python -m compileall -q gateway worker shared migrations

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="Gatehouse" \
      org.opencontainers.image.description="The front door of a platform for official certificates" \
      org.opencontainers.image.licenses="EUPL-1.2"
# With a name in the list of users: Celery takes a group that is in no list for a danger.
RUN groupadd --gid 10001 gatehouse \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin gatehouse \
 && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/gatehouse /opt/gatehouse
COPY --from=build /app /app
COPY LICENSE /app/
# /data is the only place that is written to (and /tmp by libraries): the rest can be mounted read-only.
ENV PATH=/opt/gatehouse/bin:$PATH \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=4194304 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VAR_DIR=/data \
    BIND=0.0.0.0
WORKDIR /app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# Asked by the name the gateway answers to: production accepts no other Host. The other processes have their own checks.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import http.client as h, os, urllib.parse as u; p = os.environ.get('PORT') or '8000'; c = h.HTTPConnection('127.0.0.1', int(p), timeout=4); c.request('GET', '/readyz', headers={'Host': u.urlsplit(os.environ.get('PUBLIC_URL') or '').netloc or 'localhost:' + p}); raise SystemExit(c.getresponse().status != 200)"]
# The line "web" of the Procfile; exec, so that the server itself gets the signal to stop.
CMD ["sh", "-c", "exec python -m gateway.serve --interface wsgi --factory --no-ws --host ${BIND:-127.0.0.1} --port ${PORT:-8000} --workers ${WEB_CONCURRENCY:-1} --blocking-threads 4 --backpressure 64 --respawn-failed-workers --workers-kill-timeout 8 --log-level warning gateway.app:create_app"]
