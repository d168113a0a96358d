import { stripTypeScriptTypes } from 'node:module';

/** Jest transform: type annotations become blanks, so line and column stay the same. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
};
