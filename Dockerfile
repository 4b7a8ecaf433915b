# The images of UIM, for machines with Docker:
#
#   docker build --build-arg VERSION=$(git describe --tags --always) -t localhost/uim:dev .
#   docker build --target postgres -t localhost/uim-postgres:15 .
#   docker build --target redis -t localhost/uim-redis:7 .
#
# hack/images/build.sh makes the same three without Docker, from the same lists
# of packages and the same scripts.

FROM node:22-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM golang:1.26.8-bookworm AS binary
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist web/dist
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /uim .

FROM debian:bookworm-slim AS debian
ENV DEBIAN_FRONTEND=noninteractive
COPY hack/images/dpkg.cfg /etc/dpkg/dpkg.cfg.d/uim

FROM debian AS postgres
RUN --mount=type=bind,source=hack/images/postgres,target=/build \
    apt-get update && apt-get install -y --no-install-recommends $(cat /build/packages) && sh /build/setup.sh
COPY hack/images/postgres/entrypoint.sh /usr/local/bin/
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin \
    PGHOST=/tmp \
    PGDATA=/var/lib/postgresql/data/pgdata
USER 10001:10001
# Ends sessions and stops at once; TERM would wait for every client to go.
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]

FROM debian AS redis
RUN --mount=type=bind,source=hack/images/redis,target=/build \
    apt-get update && apt-get install -y --no-install-recommends $(cat /build/packages) && sh /build/setup.sh
USER 10001:10001
WORKDIR /data
ENTRYPOINT ["redis-server"]

# Last, and so the default: servers and operator.
FROM scratch AS uim
COPY --from=binary /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=binary /uim /uim
USER 65532:65532
ENTRYPOINT ["/uim"]
