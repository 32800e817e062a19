# A static binary in an image that holds nothing else: no shell, not root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY main.go ./
COPY auth auth
COPY bot bot
COPY graph graph
# What the program says that it is: no history comes along from which the build could tell.
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X 'main.release=${VERSION}'" -o /out/cloudpc-bot . && mkdir -p /out/data

FROM gcr.io/distroless/static-debian12:nonroot
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
