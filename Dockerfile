# python-executor in a container: docker build -t python-executor .
#
#   docker run -p 127.0.0.1:8080:8080 python-executor                tier uid, docker's defaults
#   docker run -p 127.0.0.1:8080:8080 python-executor --workers 8    settings go after the image's name
#   docker run --rm python-executor --doctor                         which tier it has there, and why
#
# Three stages, so that what runs has no compiler: `runtime` has the packages that programs and
# scripts need, `build` adds the compiler to it, and the last one takes what that has made.

# docker build --build-arg DEBIAN=trixie for Debian 13 and its Python 3.13.
ARG DEBIAN=bookworm
FROM debian:${DEBIAN}-slim AS runtime
COPY scripts/install-dependencies /tmp/
# The libraries' own tests would be a sixth of the image, and no script imports them.
RUN /tmp/install-dependencies runtime \
 && find /usr/lib/python3/dist-packages -type d -name tests -prune -exec rm -r {} + \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /tmp/* \
 && find /var/log -type f -delete

FROM runtime AS build
COPY scripts/install-dependencies /source/scripts/
RUN /source/scripts/install-dependencies build rebuild
WORKDIR /source
COPY scripts/fetch-npm scripts/fetch-viewers scripts/
COPY web web
# What /docs and /redoc show, and the editor. VIEWERS=try builds without where npm cannot fetch them.
ARG VIEWERS=yes
RUN scripts/fetch-viewers $([ "$VIEWERS" = yes ] || echo --try) /tmp/npm build/release/web
COPY Makefile VERSION ./
COPY scripts scripts
COPY client client
COPY firejail firejail
COPY src src
# What has been compiled is kept for the next build. The client is a script, which strip passes over
# with a complaint.
ARG CCACHE_DIR=/root/.cache/ccache
RUN --mount=type=cache,target=/root/.cache/ccache make build VIEWERS=no \
 && { strip build/release/python-executor* 2>/dev/null || true; }

FROM runtime
# matplotlib, with what Debian's depends on, would be four times the image:
# docker build --build-arg PLOTS=yes has it, and with it the preload set for plots.
ARG PLOTS=
RUN --mount=type=bind,source=scripts,target=/scripts \
    [ -z "$PLOTS" ] || { /scripts/install-dependencies plots && rm -rf /var/lib/apt/lists/*; }
COPY serve /usr/lib/python-executor/serve
COPY firejail /usr/lib/python-executor/firejail
COPY nginx /usr/lib/python-executor/nginx
COPY deploy/container /usr/lib/python-executor/container
COPY --from=build /source/build/release/python-executor* /usr/lib/python-executor/bin/
COPY --from=build /source/build/release/openapi.json.in /usr/lib/python-executor/bin/
COPY --from=build /source/build/release/web /usr/lib/python-executor/bin/web
# Nothing in it is world-writable: runs of different users could exchange data there. /mnt/data is the
# working directory of the process that looks; a run with a root of its own has a link of its own. A
# library that the list of packages lacks stops the build, not the first start.
RUN /usr/lib/python-executor/serve/service-user && /usr/lib/python-executor/serve/service-user nginx \
 && mkdir -p /mnt && ln -s /proc/self/cwd /mnt/data \
 && find / -xdev -type d -perm -o+w -exec chmod o-w {} + \
 && ! ldd /usr/lib/python-executor/bin/* | grep 'not found'

# PORT is what Cloud Run sets. `container` tells firejail to work inside of one, where it may: without,
# it would run programs with no jail at all. PYTHON_EXECUTOR_*: every setting, see docs/configuration.md.
ENV PORT=8080 \
    LISTEN=any \
    EXECUTOR_BIN=/usr/lib/python-executor/bin \
    container=docker \
    PYTHON_EXECUTOR_MINIMUM_TIER=uid \
    PYTHON_EXECUTOR_GRACE_SECONDS=8
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["/usr/lib/python-executor/container/healthcheck"]
# Root, for the parent process alone: it makes the service user's directories, starts nginx and the
# responder as that user, and reads no request.
ENTRYPOINT ["/usr/lib/python-executor/container/start"]
