# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /parley ./cmd/parley && mkdir /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /parley /usr/bin/parley
COPY --from=build --chown=nonroot:nonroot /data /data
USER nonroot
WORKDIR /data
VOLUME /data
ENV PARLEY_DB=/data/parley.db PARLEY_LISTEN=:8080 PARLEY_ADMIN=:8081 PARLEY_DRAIN=5s PARLEY_LOG_FORMAT=json
EXPOSE 8080
ENTRYPOINT ["/usr/bin/parley"]
CMD ["serve"]
