#!/usr/bin/env node
'use strict';
// The command outside npm scripts: one sentence on an old Node instead of a stack, then the real command line.
require('./check-node.cjs');
// Compiled code is kept in the temporary folder: the second start takes less time.
require('node:module').enableCompileCache();
// dist/ starts faster and needs less memory, because nothing has to strip types; what has just been edited runs from src/.
void import(require('./built.cjs').isBuilt() ? '../dist/main.js' : '../src/main.ts');
