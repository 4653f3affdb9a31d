# Kindling with both databases, as a user without rights; its sources stay behind in the image that builds it.
FROM python:3.13-slim AS build
RUN python -m venv /opt/kindling
ENV PATH=/opt/kindling/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements-run.lock ./
RUN pip install --require-hashes --requirement requirements-run.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY adapters adapters
COPY prompts prompts
COPY deploy/healthy.py /opt/kindling/
# A checkout may keep its files from other users, and in the image there is another user.
RUN pip install --no-index --no-deps --no-build-isolation . && kindling check \
    && chmod 644 /opt/kindling/healthy.py && pip uninstall --yes hatchling pip

FROM python:3.13-slim
RUN useradd --uid 10001 --home-dir /var/lib/kindling --no-create-home --shell /usr/sbin/nologin kindling \
    && install --directory --owner=kindling --group=kindling --mode=700 /var/lib/kindling \
    && mkdir /etc/kindling && touch /etc/kindling/config.toml
COPY --from=build /opt/kindling /opt/kindling
ENV PATH=/opt/kindling/bin:$PATH \
    KINDLING_CONFIG=/etc/kindling/config.toml \
    KINDLING_DATA_FOLDER=/var/lib/kindling
USER kindling
WORKDIR /var/lib/kindling
VOLUME /var/lib/kindling
# Plain Python instead of the command: asked once a minute, it shall cost next to nothing.
HEALTHCHECK --interval=60s --timeout=10s --start-period=90s CMD ["python", "-I", "/opt/kindling/healthy.py"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["kindling"]
CMD ["run"]
