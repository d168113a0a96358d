'use strict';
// Plain JavaScript on purpose: it must run on the old Node that it speaks about.
const OLDEST = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < OLDEST) {
  console.error(
    `bone-heart-cds needs Node ${OLDEST} or newer and this is ${process.version}: run it through npm (npm start, npm test), which brings Node 26, or install a newer Node.`,
  );
  process.exit(1);
}
