'use strict';
// Whether dist/ holds what src/ says. Plain JavaScript: it decides what the command line runs.
const { existsSync, readdirSync, statSync } = require('node:fs');
const { join } = require('node:path');

/** Written last by scripts/build.cjs. */
const STAMP = join('dist', 'built');
const SOURCES = ['src', 'cards', 'tsconfig.json', 'tsconfig.build.json'];

/** In a checkout a changed source counts at once, built or not. An image or an installed package has no src/ to fall back to. */
function isBuilt(root = join(__dirname, '..')) {
  const built = changedAt(join(root, STAMP));
  if (!existsSync(join(root, 'src'))) return built > 0;
  return built > 0 && SOURCES.every((name) => newest(join(root, name)) <= built);
}

function newest(path) {
  const own = changedAt(path);
  if (own === 0 || !statSync(path).isDirectory()) return own;
  const below = readdirSync(path, { withFileTypes: true }).map((entry) => {
    const one = join(path, entry.name);
    return entry.isDirectory() ? newest(one) : changedAt(one);
  });
  return Math.max(own, ...below);
}

/** Milliseconds since 1970; 0 when there is no such file. */
function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

module.exports = { isBuilt, STAMP };
