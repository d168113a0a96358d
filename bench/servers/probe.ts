/** Loaded before a measured server (`node --import`): answers the bench with what the process has used, and changes nothing else. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({
    cpuUs: user + system,
    rss: process.memoryUsage.rss(),
    peakRss: process.resourceUsage().maxRSS * 1024,
  });
});
process.channel?.unref();
