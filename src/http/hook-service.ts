/** A CDS Service as the HTTP layer knows it. */
import type { Query } from '../facts/record.ts';
import type { CdsService } from '../hooks/discovery.ts';

export interface HookService {
  readonly discovery: CdsService;
  readonly queries: readonly Query[];
}
