'use strict';
// For HEALTHCHECK: status 0 when the service of this container is alive.
const { get } = require('node:http');

const { PORT = '3000' } = process.env;
get({ host: '127.0.0.1', port: PORT, path: '/healthz', timeout: 2500 }, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1);
})
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1));
