/** Policies of a forecast: from a file, or from the text of one when it travels to a thread or to another machine. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ServiceError } from '../errors.ts';
import { loadKnowledge, type Knowledge } from '../knowledge/load.ts';
import { parsePolicy, type Policy, type ServicePlan } from '../knowledge/policy.ts';
import { RULES } from '../rules/index.ts';
import type { Setup, Side } from './evaluate.ts';

/** A policy file as it was read: its text is part of what was run. */
export interface PolicyText {
  /** Base name of the file, for people; `defaults` without a file. */
  readonly name: string;
  readonly text: string;
}

/** What decides an evaluation, as plain data: it crosses to threads and to other machines. */
export interface Terms {
  readonly policy: PolicyText;
  readonly compare?: PolicyText;
  /** In production a recommendation without approval runs silent. */
  readonly production: boolean;
  readonly hook: 'patient-view' | 'encounter-discharge';
  readonly asOf?: string;
  readonly seed: string;
  /** How the input is cut; every machine must cut it in the same way. */
  readonly partSize: number;
}

export const CARDS = fileURLToPath(new URL('../../cards', import.meta.url));

let kept: Knowledge | undefined;

/** cards/, prepared by the build where there is one; read once in a process. */
export function knowledgeOf(): Knowledge {
  kept ??= loadKnowledge(CARDS, fileURLToPath(new URL('../knowledge.json', import.meta.url)));
  return kept;
}

/** @throws ServiceError ERR_CONFIG when the file cannot be read. */
export function readPolicyText(path: string | undefined): PolicyText {
  if (path === undefined) return { name: 'defaults', text: '' };
  try {
    return { name: path.split(/[/\\]/).at(-1) ?? path, text: readFileSync(path, 'utf8') };
  } catch {
    throw new ServiceError('ERR_CONFIG', `policy file ${path}: cannot be read`);
  }
}

/** @throws ServiceError ERR_CONFIG with every problem of either policy. */
export function setupOf(terms: Terms, knowledge: Knowledge = knowledgeOf()): Setup {
  const sideOf = ({ name, text }: PolicyText): Side => {
    const policy = parsePolicy(text, name, { knowledge, rules: RULES, production: terms.production });
    return { policy, plan: planFor(policy, terms.hook) };
  };
  return {
    base: sideOf(terms.policy),
    ...(terms.compare === undefined ? {} : { compare: sideOf(terms.compare) }),
    ...(terms.asOf === undefined ? {} : { asOf: terms.asOf }),
    seed: terms.seed,
  };
}

function planFor(policy: Policy, hook: Terms['hook']): ServicePlan {
  const plan = [...policy.services.values()].find(({ definition }) => definition.hook === hook);
  if (plan === undefined) throw new ServiceError('ERR_CONFIG', `no service for the hook ${hook}`);
  return plan;
}

/** First sixteen hexadecimal digits of SHA-256: enough to tell two texts apart, short enough to read out. */
export function shortHash(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
