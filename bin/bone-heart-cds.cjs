#!/usr/bin/env node
'use strict';
// The command outside npm scripts: one sentence on an old Node instead of a stack, then the real command line.
require('./check-node.cjs');
void import('../src/main.ts');
