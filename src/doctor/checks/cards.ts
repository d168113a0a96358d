/** J, R, A, L, Y, E: the form of every answer that came, looked at when all calls are done. */
import { isJsonObject, type JsonObject } from '../../json.ts';
import { cardsOf, objectsIn, type Answer, type Bench } from '../bench.ts';
import type { Exchange } from '../exchange.ts';
import { notChecked, pass, problems, type Check, type Problem, type Verdict } from '../check.ts';
import { isText } from './discovery.ts';

/** A card and where it stands in its answer. */
interface Place {
  readonly card: JsonObject;
  readonly at: string;
  readonly answer: Answer;
}

/** One for each distinct text: the same fault in a hundred answers is one fault. */
function distinct(list: readonly Problem[]): Problem[] {
  return [...new Map(list.map((one) => [one.text.replace(/\[\d+\]/g, '[]'), one])).values()];
}

function inAnswers({ answers }: Bench, fault: (answer: Answer) => readonly string[]): Verdict {
  if (answers.length === 0) return notChecked('no hook call was answered with 200');
  const found = answers.flatMap((answer) =>
    fault(answer).map((text) => ({ text: `${answer.service}: ${text}`, exchange: answer.exchange })),
  );
  return problems(distinct(found));
}

const NO_CARDS = 'no card came in the whole run (give a hook request that gets one with --request FILE)';

/** @param absent why it is not checked when no card has such a part. */
function inCards(
  { answers }: Bench,
  fault: (card: JsonObject) => readonly string[],
  hasPart: (card: JsonObject) => boolean = () => true,
  absent = NO_CARDS,
): Verdict {
  const places = answers.flatMap((answer): Place[] =>
    (cardsOf(answer.exchange) ?? []).slice(0, MOST_CARDS).map((card, index) => ({
      card: isJsonObject(card) ? card : {},
      at: `cards[${String(index)}]`,
      answer,
    })),
  );
  if (places.length === 0) return notChecked(NO_CARDS);
  const concerned = places.filter(({ card }) => hasPart(card));
  if (concerned.length === 0) return notChecked(absent);
  const found = concerned.flatMap(({ card, at, answer }) =>
    fault(card).map((text) => ({ text: `${answer.service}: ${at}${text}`, exchange: answer.exchange })),
  );
  return problems(distinct(found));
}

const suggestionsOf = ({ suggestions }: JsonObject): readonly JsonObject[] => objectsIn(suggestions);
const linksOf = ({ links }: JsonObject): readonly JsonObject[] => objectsIn(links);
const reasonsOf = ({ overrideReasons }: JsonObject): readonly JsonObject[] => objectsIn(overrideReasons);

function each(
  items: readonly JsonObject[],
  name: string,
  fault: (item: JsonObject) => string | undefined,
): string[] {
  return items.flatMap((item, index) => {
    const text = fault(item);
    return text === undefined ? [] : [`.${name}[${String(index)}] ${text}`];
  });
}

/** Actions of suggestions, and system actions, each with its place. */
function actionsIn({ exchange }: Answer): { action: JsonObject; at: string; isSystem: boolean }[] {
  const body = exchange.received?.json;
  const system = isJsonObject(body) ? objectsIn(body['systemActions']) : [];
  const suggested = objectsIn(cardsOf(exchange)).flatMap((card) =>
    suggestionsOf(card).flatMap(({ actions }) => objectsIn(actions)),
  );
  return [
    ...suggested.map((action, index) => ({ action, at: `action[${String(index)}]`, isSystem: false })),
    ...system.map((action, index) => ({ action, at: `systemActions[${String(index)}]`, isSystem: true })),
  ];
}

function inActions(
  bench: Bench,
  fault: (action: JsonObject, isSystem: boolean) => string | undefined,
): Verdict {
  if (!bench.answers.some((answer) => actionsIn(answer).length > 0)) return notChecked('no action came');
  return inAnswers(bench, (answer) =>
    actionsIn(answer).flatMap(({ action, at, isSystem }) => {
      const text = fault(action, isSystem);
      return text === undefined ? [] : [`${at} ${text}`];
    }),
  );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function isWebUrl(value: unknown): boolean {
  return isText(value) && /^https?:\/\/[^\s]+$/i.test(value) && URL.canParse(value);
}

/** Places of null, "", [] and {}; resources are FHIR's business (J-4), and `cards` may be empty. */
function emptyPlaces(value: unknown, at: string): string[] {
  if (value === null || value === '') return [at];
  if (typeof value !== 'object') return [];
  const members = Object.entries(value);
  if (members.length === 0) return at === 'cards' || at === 'services' ? [] : [at];
  return members
    .filter(([key]) => key !== 'resource')
    .flatMap(([key, member]) =>
      emptyPlaces(
        member,
        Array.isArray(value) ? `${at}[]` : [at, key].filter((part) => part !== '').join('.'),
      ),
    );
}

/** Empty values inside a resource: FHIR JSON has null only to align lists of primitives. */
function emptyInResource(value: unknown, at: string): string[] {
  if (value === '' || value === null) return [at];
  if (typeof value !== 'object') return [];
  const members = Object.entries(value);
  if (members.length === 0) return [at];
  const isList = Array.isArray(value);
  return members
    .filter(([, member]) => !(isList && member === null))
    .flatMap(([key, member]) => emptyInResource(member, isList ? at : `${at}.${key}`));
}

/** What would be HTML or script where Markdown is rendered; an escaped bracket is text. */
function activeContent(text: string): string | undefined {
  if (/(?<!\\)<\/?[a-z!][^<>]*>/i.test(text)) return 'holds HTML';
  if (/\]\(\s*(javascript|data|vbscript):/i.test(text)) return 'holds a link to a script';
  return undefined;
}

/** Discovery, and one hook answer of each form. */
function distinctBodies({ exchanges, answers }: Bench): Exchange[] {
  const discovery = exchanges.filter(({ sent }) => sent.method === 'GET').slice(0, 2);
  return [...discovery, ...answers.map(({ exchange }) => exchange)].filter(
    ({ received }) => received?.status === 200 && isJsonObject(received.json),
  );
}

/** More cards than a person ever looks at: of those beyond, the form is not looked at. */
const MOST_CARDS = 200;

export const ANSWER_CHECKS: readonly Check<Bench>[] = [
  {
    id: 'J-1',
    level: 'SHALL',
    title: 'every 200 is JSON and says so, without byte order mark, comment or trailing comma',
    run({ exchanges }) {
      const bodies = exchanges.filter(
        ({ sent, received }) =>
          received?.status === 200 && !sent.url.endsWith('/feedback') && sent.method !== 'OPTIONS',
      );
      if (bodies.length === 0) return notChecked('nothing was answered with 200');
      const found = bodies.flatMap((exchange): Problem[] => {
        const { headers, json, text = '' } = exchange.received ?? {};
        const type = headers?.['content-type'] ?? '';
        if (text.trim() !== '' && json === undefined) return [{ text: 'the body is no JSON', exchange }];
        return /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)
          ? []
          : [{ text: `Content-Type is ${type === '' ? 'missing' : type}`, exchange }];
      });
      return problems(distinct(found));
    },
  },
  {
    id: 'J-3',
    level: 'SHALL',
    title: 'no member is null, empty text, empty list or empty object',
    run(bench) {
      const bodies = distinctBodies(bench);
      if (bodies.length === 0) return notChecked('nothing was answered with 200');
      const found = bodies.flatMap((exchange) =>
        emptyPlaces(exchange.received?.json, '').map((at) => ({ text: `${at} is null or empty`, exchange })),
      );
      return problems(distinct(found));
    },
  },
  {
    id: 'J-4',
    level: 'SHALL',
    title: 'resources in actions have a resourceType and are FHIR JSON without empty values',
    run: (bench) =>
      inActions(bench, ({ resource }) => {
        if (resource === undefined) return undefined;
        if (!isJsonObject(resource) || !isText(resource['resourceType']))
          return 'has a resource without resourceType';
        const [empty] = emptyInResource(resource, 'resource');
        return empty === undefined ? undefined : `has an empty ${empty}`;
      }),
  },
  {
    id: 'R-2',
    level: 'SHOULD',
    title: 'nothing to say is 200 with an empty list, not 204 or an empty body',
    run({ exchanges }) {
      const calls = exchanges.filter(({ sent }) => sent.method === 'POST' && !sent.url.endsWith('/feedback'));
      const found = calls
        .filter(
          ({ received }) =>
            received?.status === 204 || (received?.status === 200 && received.text.trim() === ''),
        )
        .map((exchange) => ({
          text: `answered ${String(exchange.received?.status)} without a body`,
          exchange,
        }));
      return calls.length === 0 ? notChecked('no hook call was made') : problems(distinct(found));
    },
  },
  {
    id: 'R-1.shape',
    level: 'SHALL',
    title: 'every 200 to a hook call is an object with the list `cards`, of objects',
    run: (bench) =>
      inAnswers(bench, ({ exchange }) => {
        const cards = cardsOf(exchange);
        if (cards === undefined) return ['there is no list `cards`'];
        return cards.every(isJsonObject) ? [] : ['a card is no object'];
      }),
  },
  {
    id: 'R-3',
    level: 'SHALL',
    title: 'summary is one line of fewer than 140 characters',
    run: (bench) =>
      inCards(bench, ({ summary }) => {
        if (!isText(summary)) return ['.summary is missing'];
        if (summary.length >= 140) return [`.summary has ${String(summary.length)} characters`];
        return /[\r\n]/.test(summary) ? ['.summary has a line break'] : [];
      }),
  },
  {
    id: 'R-4',
    level: 'SHALL',
    title: 'indicator is info, warning or critical',
    run: (bench) =>
      inCards(bench, ({ indicator }) =>
        ['info', 'warning', 'critical'].includes(String(indicator))
          ? []
          : ['.indicator is none of the three'],
      ),
  },
  {
    id: 'R-5',
    level: 'SHALL',
    title: 'source has a label',
    run: (bench) =>
      inCards(bench, ({ source }) =>
        isJsonObject(source) && isText(source['label']) ? [] : ['.source.label is missing'],
      ),
  },
  {
    id: 'R-6',
    level: 'SHALL',
    title: 'source.url and source.icon, where given, are absolute URLs',
    run: (bench) =>
      inCards(bench, ({ source }) =>
        ['url', 'icon'].flatMap((member) => {
          const value = isJsonObject(source) ? source[member] : undefined;
          return value === undefined || isWebUrl(value)
            ? []
            : [`.source.${member} is no absolute http(s) URL`];
        }),
      ),
  },
  {
    id: 'R-7',
    level: 'SHALL',
    title: 'source.topic, where given, has code and system',
    run: (bench) =>
      inCards(
        bench,
        ({ source }) => {
          const topic = isJsonObject(source) ? source['topic'] : undefined;
          return isJsonObject(topic) && isText(topic['code']) && isText(topic['system'])
            ? []
            : ['.source.topic lacks code or system'];
        },
        ({ source }) => isJsonObject(source) && source['topic'] !== undefined,
        'no card has a topic',
      ),
  },
  {
    id: 'R-8.html',
    level: 'advice',
    title: 'detail is Markdown text without HTML or script links',
    run: (bench) =>
      inCards(
        bench,
        ({ detail }) => {
          if (!isText(detail)) return ['.detail is no text, or empty'];
          const found = activeContent(detail);
          return found === undefined ? [] : [`.detail ${found}`];
        },
        ({ detail }) => detail !== undefined,
        'no card has a detail',
      ),
  },
  {
    id: 'R-9.uuid',
    level: 'implied',
    title: 'a card with suggestions or override reasons has a uuid: without it there is no feedback',
    run: (bench) =>
      inCards(
        bench,
        ({ uuid }) => (typeof uuid === 'string' && UUID.test(uuid) ? [] : ['.uuid is missing or no UUID']),
        (card) => suggestionsOf(card).length > 0 || reasonsOf(card).length > 0,
        'no card has suggestions or override reasons',
      ),
  },
  {
    id: 'R-9.fresh',
    level: 'advice',
    title: 'each answer has fresh card uuids',
    run({ cardUuids: uuids }) {
      if (uuids.length < 2) return notChecked('fewer than two cards with a uuid came');
      const repeated = uuids.length - new Set(uuids).size;
      return repeated === 0
        ? pass(`${String(uuids.length)} cards`)
        : problems([{ text: `${String(repeated)} of ${String(uuids.length)} card uuids came before` }]);
    },
  },
  {
    id: 'R-10',
    level: 'SHALL',
    title: 'a card with suggestions has selectionBehavior at-most-one or any',
    run: (bench) =>
      inCards(
        bench,
        ({ selectionBehavior }) =>
          ['at-most-one', 'any'].includes(String(selectionBehavior)) ? [] : ['.selectionBehavior is neither'],
        (card) => suggestionsOf(card).length > 0,
        'no card has suggestions',
      ),
  },
  {
    id: 'R-11',
    level: 'SHALL',
    title: 'override reasons have code, system and display',
    run: (bench) =>
      inCards(
        bench,
        (card) =>
          each(reasonsOf(card), 'overrideReasons', (reason) => {
            const missing = ['code', 'system', 'display'].filter((member) => !isText(reason[member]));
            return missing.length === 0 ? undefined : `lacks ${missing.join(', ')}`;
          }),
        (card) => reasonsOf(card).length > 0,
        'no card has override reasons',
      ),
  },
  {
    id: 'A-1',
    level: 'SHALL',
    title: 'suggestions have a label; isRecommended is true or false',
    run: (bench) =>
      inCards(
        bench,
        (card) =>
          each(suggestionsOf(card), 'suggestions', ({ label, isRecommended }) => {
            if (!isText(label)) return 'has no label';
            return isRecommended === undefined || typeof isRecommended === 'boolean'
              ? undefined
              : 'has isRecommended that is neither true nor false';
          }),
        (card) => suggestionsOf(card).length > 0,
        'no card has suggestions',
      ),
  },
  {
    id: 'A-1.uuid',
    level: 'advice',
    title: 'suggestions have a uuid: without it an EHR cannot report that one was accepted',
    run: (bench) =>
      inCards(
        bench,
        (card) =>
          each(suggestionsOf(card), 'suggestions', ({ uuid }) => (isText(uuid) ? undefined : 'has no uuid')),
        (card) => suggestionsOf(card).length > 0,
        'no card has suggestions',
      ),
  },
  {
    id: 'A-2',
    level: 'SHALL',
    title: 'with at-most-one, at most one suggestion is recommended',
    run: (bench) =>
      inCards(
        bench,
        (card) =>
          suggestionsOf(card).filter(({ isRecommended }) => isRecommended === true).length > 1
            ? ['.suggestions has several with isRecommended']
            : [],
        ({ selectionBehavior }) => selectionBehavior === 'at-most-one',
        'no card has at-most-one',
      ),
  },
  {
    id: 'A-4',
    level: 'advice',
    title: 'no actionSelectionBehavior for a client that did not ask for it (draft 3.0)',
    run: (bench) =>
      inCards(
        bench,
        (card) =>
          each(suggestionsOf(card), 'suggestions', (one) =>
            Object.hasOwn(one, 'actionSelectionBehavior') ? 'has actionSelectionBehavior' : undefined,
          ),
        (card) => suggestionsOf(card).length > 0,
        'no card has suggestions',
      ),
  },
  {
    id: 'A-5',
    level: 'SHALL',
    title: 'actions have the type create, update or delete',
    run: (bench) =>
      inActions(bench, ({ type }) =>
        ['create', 'update', 'delete'].includes(String(type)) ? undefined : 'has none of the three types',
      ),
  },
  {
    id: 'A-6',
    level: 'SHALL',
    title: 'actions have a description',
    run: (bench) =>
      inActions(bench, ({ description }) => (isText(description) ? undefined : 'has no description')),
  },
  {
    id: 'A-7',
    level: 'SHALL',
    title: 'create and update carry a resource, update one with its id',
    run: (bench) =>
      inActions(bench, ({ type, resource }) => {
        if (type !== 'create' && type !== 'update') return undefined;
        if (!isJsonObject(resource)) return `(${type}) has no resource`;
        return type === 'update' && !isText(resource['id'])
          ? '(update) has a resource without id'
          : undefined;
      }),
  },
  {
    id: 'A-8',
    level: 'SHOULD',
    title: 'delete names its resource as Type/id and carries none',
    run: (bench) =>
      inActions(bench, ({ type, resourceId, resource }) => {
        if (type !== 'delete') return undefined;
        if (resource !== undefined) return '(delete) carries a resource';
        return [resourceId].flat().every((one) => typeof one === 'string' && /^[A-Z]\w+\/[\w.-]+$/.test(one))
          ? undefined
          : '(delete) has no resourceId of the form Type/id';
      }),
  },
  {
    id: 'A-9',
    level: 'advice',
    title: "created orders are drafts or proposals for the call's patient",
    run: (bench) =>
      inActions(bench, ({ type, resource }, isSystem) => {
        if (type !== 'create' || isSystem || !isJsonObject(resource)) return undefined;
        const { subject, status, resourceType } = resource;
        if (!['ServiceRequest', 'MedicationRequest', 'DeviceRequest'].includes(String(resourceType)))
          return undefined;
        if (!isJsonObject(subject) || !String(subject['reference']).startsWith('Patient/'))
          return '(create) has an order without the patient as subject';
        return status === 'draft' ? undefined : '(create) has an order whose status is not draft';
      }),
  },
  {
    id: 'L-1',
    level: 'SHALL',
    title: 'links have label, absolute url and type absolute or smart',
    run: (bench) =>
      inCards(
        bench,
        (card) =>
          each(linksOf(card), 'links', ({ label, url, type }) => {
            if (!isText(label)) return 'has no label';
            if (!isWebUrl(url)) return 'has no absolute http(s) URL';
            return ['absolute', 'smart'].includes(String(type)) ? undefined : 'has neither type';
          }),
        (card) => linksOf(card).length > 0,
        'no card has links',
      ),
  },
  {
    id: 'L-2',
    level: 'SHALL',
    title: 'appContext is text, and only on smart links',
    run: (bench) =>
      inCards(
        bench,
        (card) =>
          each(linksOf(card), 'links', ({ type, appContext }) => {
            if (appContext === undefined) return undefined;
            return type === 'smart' && isText(appContext)
              ? undefined
              : 'has appContext where there must be none';
          }),
        (card) => linksOf(card).length > 0,
        'no card has links',
      ),
  },
  {
    id: 'Y-2',
    level: 'advice',
    title: 'no systemActions for a client that did not agree to them (draft 3.0)',
    run: (bench) =>
      inAnswers(bench, ({ exchange }) =>
        isJsonObject(exchange.received?.json) && Object.hasOwn(exchange.received.json, 'systemActions')
          ? ['there are systemActions']
          : [],
      ),
  },
  {
    id: 'E-1',
    level: 'SHALL',
    title: 'extension, where given, is an object',
    run(bench) {
      const bodies = distinctBodies(bench);
      if (bodies.length === 0) return notChecked('nothing was answered with 200');
      const found = bodies.flatMap((exchange) =>
        extensionsIn(exchange.received?.json)
          .filter((one) => !isJsonObject(one))
          .map(() => ({ text: 'an extension is no object', exchange })),
      );
      return problems(distinct(found));
    },
  },
];

/** Members named extension, but those of resources: FHIR has lists there. */
function extensionsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    if (key === 'resource') return [];
    return key === 'extension' && !Array.isArray(value) ? [member] : extensionsIn(member);
  });
}
