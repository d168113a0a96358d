/** the valid call that every other one is a change of. */
import { answered, cardsOf, statusOf } from '../bench.ts';
import { notChecked, pass, problem, type Check } from '../check.ts';
import { hookOf } from '../hook-library.ts';
import type { ServiceBench } from '../service-bench.ts';

export const VALID_CALL_CHECKS: readonly Check<ServiceBench>[] = [
  {
    id: 'D-10.call',
    level: 'implied',
    title: 'each listed service can be called at /cds-services/{id}',
    run: ({ valid }) =>
      valid === undefined || statusOf(valid) !== 404 ? pass() : problem('answered 404', valid),
  },
  {
    id: 'R-1',
    level: 'SHALL',
    title: 'a valid call is answered with 200 and a list of cards',
    run({ valid, hook, bench, needsServer }) {
      if (valid === undefined) return notChecked('it was not called');
      const status = statusOf(valid);
      const cards = cardsOf(valid)?.length ?? 0;
      if (status === 200)
        return pass(`cards: ${String(cards)}${needsServer ? ', with FHIR access only' : ''}`);
      if ((status === 401 || status === 403) && bench.auth === 'required')
        return notChecked('the call was refused for its token (X-3.valid)');
      // What the service needs beyond its own templates, or for a hook of its own, the doctor cannot know.
      if (status === 412)
        return notChecked('answered 412: the synthetic data is not enough for it (give --request FILE)');
      if (hookOf(hook) === undefined && status !== undefined && status < 500)
        return notChecked(`${answered(valid)}: the hook is the service's own (give --request FILE)`);
      return problem(answered(valid), valid);
    },
  },
];
