'use strict';
/**
 * `npm run build`: src/ to JavaScript with declarations in dist/, and cards/ checked and read once for a faster start.
 *
 *   --if-stale  does nothing when dist/ already holds what src/ and cards/ say
 *
 * Types are checked by `npm run types`, not here. Without TypeScript (a production install) it says so and leaves dist/ alone.
 */
const { spawnSync } = require('node:child_process');
const { cpSync, existsSync, renameSync, rmSync, utimesSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { isBuilt, STAMP } = require('../bin/built.cjs');

const root = join(__dirname, '..');
const fresh = join(root, `dist.${process.pid}`);
const compiler = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');

async function build() {
  const started = new Date();
  run([compiler, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', fresh]);
  cpSync(join(root, 'src', 'web', 'assets'), join(fresh, 'web', 'assets'), { recursive: true });
  const { prepareKnowledge } = await import(pathToFileURL(join(fresh, 'knowledge', 'load.js')));
  writeFileSync(join(fresh, 'knowledge.json'), prepareKnowledge(join(root, 'cards')));
  // Beside dist/ first, so that a process that starts meanwhile never finds half of it.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  renameSync(fresh, join(root, 'dist'));
  writeFileSync(join(root, STAMP), '');
  // A source that was changed while we built is newer than this.
  utimesSync(join(root, STAMP), started, started);
}

function run(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('TypeScript could not build');
}

function giveUp(error) {
  rmSync(fresh, { recursive: true, force: true });
  // A ServiceError lists what is wrong in cards/.
  console.error(error.detail ?? error.message);
  process.exit(1);
}

if (process.argv.includes('--if-stale') && isBuilt()) process.exit(0);
if (existsSync(compiler)) build().catch(giveUp);
else console.error('TypeScript is not installed: dist/ is left as it is');
