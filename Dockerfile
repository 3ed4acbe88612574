# The image of harvest-bq: the command line, what it reads at run time, production packages, and nothing else.
# How it is built, run and scheduled: docs/deploy.md. test/deploy reads this file, and `npm run test:deploy` replays it,
# which is why RUN uses relative paths only. The version is that of the dev dependency `node`, which all tests run on.

# Compiles. No install scripts: none is needed here, and the one of the package `node` would fetch a second Node.js.
FROM node:24.21.0-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src ./src
RUN npm run build
COPY LICENSE ./
COPY streams ./streams
COPY schemas ./schemas
COPY config/config.schema.json config/harvest-bq.example.yaml ./config/
# readable for every user, whatever the checkout's own modes are
RUN chmod -R a+rX,go-w LICENSE package.json dist streams schemas config

# Production packages. No install scripts: `prepare` would compile, and DuckDB comes with its binary as a package.
FROM node:24.21.0-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:24.21.0-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="harvest-bq" \
      org.opencontainers.image.description="Harvest into BigQuery or DuckDB: 32 streams, exact, repeatable" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-slim"
# rows on their way go to TMPDIR: mount a bounded volume there, and the rest can be read-only
ENV NODE_ENV=production \
    TMPDIR=/tmp
COPY --from=packages /app/node_modules /app/node_modules
COPY --from=build /app/LICENSE /app/package.json /app/
COPY --from=build /app/dist /app/dist
COPY --from=build /app/streams /app/streams
COPY --from=build /app/schemas /app/schemas
COPY --from=build /app/config /app/config
USER node
# where relative paths begin: config/harvest-bq.yaml, harvest-bq.yaml, .env, a DuckDB file
WORKDIR /home/node
# exec form: node is process 1 and hears SIGTERM itself
ENTRYPOINT ["node", "/app/dist/cli/bin.js"]
# a job without arguments does its work; the other choice, a screen of help and exit code 0, would be green on missing data
CMD ["sync"]
