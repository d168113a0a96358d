/** What most checks come down to: a changed call, and how it should be answered. */
import { answered, guidanceOf, isRefused, statusOf } from '../bench.ts';
import { pass, problem, problems, type Problem, type Verdict } from '../check.ts';
import type { Exchange } from '../exchange.ts';
import type { CallOptions, ServiceBench } from '../service-bench.ts';

/** A case of a check: words for the report, and the change of the valid call. */
export type Case = readonly [what: string, options: CallOptions];

/** Every case must be refused as the caller's mistake: 4xx. */
export function expectRefused(service: ServiceBench, cases: readonly Case[]): Promise<Verdict> {
  return expectEach(service, cases, refusalFault);
}

/** Every case must be answered with 200 like the valid call. */
export function expectAnswered(service: ServiceBench, cases: readonly Case[]): Promise<Verdict> {
  return expectEach(service, cases, (exchange) =>
    statusOf(exchange) === 200 ? undefined : `${answered(exchange)}, not 200`,
  );
}

/** Every case must end in 200 or 412: data may be missing, the call is right. */
export function expectAnsweredOr412(service: ServiceBench, cases: readonly Case[]): Promise<Verdict> {
  return expectEach(service, cases, missingDataFault);
}

export function missingDataFault(exchange: Exchange): string | undefined {
  const status = statusOf(exchange);
  return status === 200 || status === 412 ? undefined : `${answered(exchange)}, neither 200 nor 412`;
}

export function refusalFault(exchange: Exchange): string | undefined {
  return isRefused(exchange) ? undefined : `${answered(exchange)}, not 4xx`;
}

async function expectEach(
  service: ServiceBench,
  cases: readonly Case[],
  fault: (exchange: Exchange) => string | undefined,
): Promise<Verdict> {
  const found: Problem[] = [];
  for (const [what, options] of cases) {
    const exchange = await service.call(what, options);
    const text = fault(exchange);
    if (text !== undefined) found.push({ text: `${what}: ${text}`, exchange });
  }
  return problems(found);
}

/** The same advice as another call, whatever its order of keys and its fresh ids. */
export function expectSameGuidance(exchange: Exchange, other: Exchange, what: string): Verdict {
  if (statusOf(exchange) !== 200) return problem(`${what}: ${answered(exchange)}, not 200`, exchange);
  return guidanceOf(exchange) === guidanceOf(other)
    ? pass()
    : problem(`${what}: other cards than for the call that it is compared with`, exchange);
}
