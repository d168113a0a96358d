/** Gzipped NDJSON is written out plain once: patients are read from the middle of files. */
import { createReadStream, createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { isJsonObject } from '../json.ts';

/** Text packs to about a tenth; far more is no text but an attack on the disk. */
const MOST_RATIO = 300;
const ALWAYS_ALLOWED = 64 * 1024 * 1024;

/**
 * @param path the gzipped file.
 * @param to the plain file to write; what could be unpacked stands in it even when the rest is damaged.
 * @returns why not all of it could be unpacked.
 */
export async function expand(
  path: string,
  bytes: number,
  to: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const most = Math.max(bytes * MOST_RATIO, ALWAYS_ALLOWED);
  let written = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      written += chunk.length;
      if (written > most) done(new Error('too large'));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(createReadStream(path), createGunzip(), bounded, createWriteStream(to, { flags: 'wx' }), {
      ...(signal === undefined ? {} : { signal }),
    });
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (written > most) return 'unpacks to far more than text does; the rest is left';
    const code = isJsonObject(error) ? String(error['code']) : '';
    // Only what the input is to blame for; a full disk is not.
    if (code.startsWith('Z_') || code === 'ENOENT' || code === 'EACCES')
      return code.startsWith('Z_') ? 'is not whole gzip; what could be unpacked is read' : 'cannot be read';
    throw error;
  }
}
