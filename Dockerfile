# syntax=docker/dockerfile:1

# What is needed to build: every package, no install script.
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY bin ./bin
COPY scripts/build.cjs ./scripts/build.cjs
COPY cards ./cards
COPY src ./src
RUN node scripts/build.cjs

# What the service runs on. The optional packages are Node itself, for checkouts, and the engine of the forecast.
FROM node:26-slim AS service-packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

# The forecast also needs DuckDB, whose engine is an optional package of its platform; this Node is the image's own.
FROM node:26-slim AS forecast-packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/node-*

FROM node:26-slim AS base
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="bone-heart-cds" \
      org.opencontainers.image.description="CDS Hooks service that joins bone health and cardiovascular risk" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Glibc's many arenas would hold on to the buffers of large bodies.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data MALLOC_ARENA_MAX=2
WORKDIR /app
COPY --from=build /app/dist ./dist
COPY package.json LICENSE NOTICE ./
COPY bin ./bin
COPY cards ./cards
# The root file system may be read-only: only /data (without DATABASE_URL) and /tmp are written.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=5s --retries=3 CMD ["node", "bin/health.cjs"]
ENTRYPOINT ["node", "bin/bone-heart-cds.cjs"]

# A forecast listens to nobody and knows no EHR: what production asks for does not apply.
FROM base AS forecast
ENV NODE_ENV=development
HEALTHCHECK NONE
COPY --from=forecast-packages /app/node_modules ./node_modules
CMD ["dry-run", "worker"]

# The last one is what `docker build .` makes.
FROM base AS service
COPY --from=service-packages /app/node_modules ./node_modules
CMD ["serve"]
