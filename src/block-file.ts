/** A new file that is written in blocks, and waits for a disk that is slower. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

export class BlockFile {
  readonly #stream;

  /** @param path where nothing is yet. */
  constructor(path: string) {
    // An error is told by whoever waits for the stream.
    this.#stream = createWriteStream(path, { flags: 'wx' }).on('error', () => undefined);
  }

  get bytesWritten(): number {
    return this.#stream.bytesWritten;
  }

  /** @throws what the file system says, also about an earlier block. */
  async write(block: string | Buffer): Promise<void> {
    if (this.#stream.errored !== null) throw this.#stream.errored;
    if (!this.#stream.write(block)) await once(this.#stream, 'drain');
  }

  /** Resolves when everything is written. */
  async end(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }
}
