#!/usr/bin/env node
'use strict';
// The command outside npm scripts: one sentence on an old Node instead of a stack, then the real command line.
require('./check-node.cjs');
// Compiled code and stripped types are kept in the temporary folder: the second start takes half the time.
require('node:module').enableCompileCache();
void import('../src/main.ts');
