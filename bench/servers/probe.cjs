'use strict';
// Loaded before a measured server (`node --require`): answers the bench with what the process has used, and changes nothing else.
// Plain JavaScript: stripping types would cost the measured process 35 MB.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  process.send({ cpuUs: user + system, rss: process.memoryUsage.rss(), peakRss: maxRSS * 1024 });
});
process.channel?.unref();
