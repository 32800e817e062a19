# A static binary in an image that holds nothing else: no shell, not root.
# Both images are named by the digest of their index, which has every platform; Dependabot renews them.
FROM --platform=$BUILDPLATFORM golang:1.26.8@sha256:0f063af2d465d8dcae54cce04278ada488b96f77b42449c8d071e47d016cc65a AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
COPY auth auth
COPY bot bot
COPY graph graph
# What the program says that it is: no history comes along from which the build could tell.
ARG VERSION=
# For which platform the image is; the builder sets them. The flags are those of make release.
ARG TARGETOS
ARG TARGETARCH
RUN GOENV=off GOWORK=off GOFLAGS= GOFIPS140=off CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} go build -trimpath -buildvcs=false -ldflags="-s -w -buildid= -X 'main.release=${VERSION}'" -o /out/cloudpc-bot . && mkdir -p /out/data

FROM gcr.io/distroless/static-debian12:nonroot@sha256:afa5c872c891853ca7fcf1f12c3edb23f7eeef36189728842dd51042ff57f7ab
COPY --from=build /out/cloudpc-bot /cloudpc-bot
# The ledger's home, by the default of DATABASE_URL. Mount a volume here: what was asked and decided must outlive the container.
COPY --from=build --chown=nonroot:nonroot /out/data /data
WORKDIR /data
ENV HTTP_ADDR=:8080
USER nonroot
EXPOSE 8080
VOLUME /data
HEALTHCHECK --interval=30s --timeout=15s --start-period=10s CMD ["/cloudpc-bot", "health"]
ENTRYPOINT ["/cloudpc-bot"]
