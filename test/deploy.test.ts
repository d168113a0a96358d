/** deploy/ names only what exists: metrics, labels, variables, paths, ports, files; Kubernetes would take the manifests. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { parseClients } from '../src/auth/clients.ts';
import { CONFIG_TABLE } from '../src/config-table.ts';
import { createMetrics } from '../src/http/metrics.ts';
import { parsePolicy } from '../src/knowledge/policy.ts';
import { RULES } from '../src/rules/index.ts';
import { knowledge } from './build-record.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const deploy = join(root, 'deploy');
const read = (path: string): string => readFileSync(join(deploy, path), 'utf8');
const variables: ReadonlySet<string> = new Set(['NODE_ENV', ...CONFIG_TABLE.map(({ name }) => name)]);
const ADMIN_PORT = 9464;

const scratch = mkdtempSync(join(tmpdir(), 'deploy-'));
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface Kustomization {
  readonly kind: 'Kustomization';
  readonly resources: readonly string[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly files?: readonly string[] }[];
  readonly secretGenerator?: readonly { readonly name: string; readonly literals?: readonly string[] }[];
}

const kubernetes = readdirSync(join(deploy, 'kubernetes'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .sort();
const folders = kubernetes.filter((file) => file.endsWith('kustomization.yaml')).map((file) => dirname(file));
const manifests = kubernetes
  .flatMap((file) =>
    parseAllDocuments(read(join('kubernetes', file))).map((one) => ({
      file,
      manifest: one.toJS() as Manifest,
    })),
  )
  .filter(({ manifest }) => typeof manifest.apiVersion === 'string' && manifest.kind !== 'Kustomization');
const moduleOf = ({ apiVersion, kind }: Manifest): string => `kubernetes-models/${apiVersion}/${kind}`;

describe('Kubernetes', () => {
  test.each(folders)('%s lists every file beside it, and each file that it lists is there', (folder) => {
    const path = join('kubernetes', folder);
    const one = parse(read(join(path, 'kustomization.yaml'))) as Kustomization;
    const files = [
      ...one.resources,
      ...(one.configMapGenerator ?? []).flatMap(({ files: listed = [] }) => listed),
    ];
    expect(files.filter((file) => !existsSync(join(deploy, path, file)))).toEqual([]);
    const beside = readdirSync(join(deploy, path)).filter((file) => file !== 'kustomization.yaml');
    expect(beside.filter((file) => !files.includes(file))).toEqual([]);
  });

  test('the schemas take every manifest', async () => {
    expect(manifests.length).toBeGreaterThan(6);
    for (const { manifest } of manifests) {
      const models = (await import(moduleOf(manifest))) as Readonly<
        Record<string, new (data: object) => { validate(): void }>
      >;
      const Model = models[manifest.kind];
      if (Model === undefined) throw new Error(`no schema of ${manifest.kind}`);
      new Model(manifest).validate();
    }
  });

  test('no manifest has a field that Kubernetes does not know', () => {
    // The schemas let unknown fields pass; the types made from the same source do not.
    const lines = manifests.flatMap(({ manifest }, place) => [
      `import type { I${manifest.kind} as Kind${String(place)} } from '${moduleOf(manifest)}';`,
      `export const manifest${String(place)}: Kind${String(place)} = ${JSON.stringify(manifest)};`,
    ]);
    const typos = [
      "import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';",
      "export const wrong: IDeployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { nam: 'x' } };",
    ];
    expect(typeProblems('manifests.ts', lines)).toBe('');
    expect(typeProblems('typos.ts', typos)).toContain("'nam' does not exist");
  });

  test('a pod that must stop has the time for it, and names what the overlay makes', () => {
    const overlay = parse(read('kubernetes/overlays/example/kustomization.yaml')) as Kustomization;
    const pod = podOf('base/deployment.yaml');
    const [container] = pod.containers;
    const pause = Number(container?.lifecycle.preStop.exec.command[1]);
    const [, shutdownMs = ''] = /SHUTDOWN_DEADLINE_MS = ([\d_]+)/.exec(source('src/http/server.ts')) ?? [];
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      pause + Number(shutdownMs.replace('_', '')) / 1000,
    );
    const made = [...(overlay.configMapGenerator ?? []), ...(overlay.secretGenerator ?? [])].map(
      ({ name }) => name,
    );
    const text = read('kubernetes/base/deployment.yaml');
    const named = [...text.matchAll(/(?:configMapRef|secretRef|configMap): \{ name: ([\w-]+)/g)].map(
      ([, name]) => name,
    );
    expect(named.sort()).toEqual(made.sort());
  });

  test('ports and probes are those that the service has', () => {
    const [container] = podOf('base/deployment.yaml').containers;
    const app = source('src/http/app.ts');
    for (const probe of [container?.startupProbe, container?.livenessProbe, container?.readinessProbe])
      expect(app).toContain(`'${probe?.httpGet.path ?? 'none'}'`);
    expect(container?.ports.map(({ containerPort }) => containerPort)).toEqual([3000, ADMIN_PORT]);
    expect(container?.env.find(({ name }) => name === 'ADMIN_PORT')?.value).toBe(
      `0.0.0.0:${String(ADMIN_PORT)}`,
    );
  });

  test('the example secrets are ones that production refuses', () => {
    const literals = folders
      .map((folder) => parse(read(join('kubernetes', folder, 'kustomization.yaml'))) as Kustomization)
      .flatMap(({ secretGenerator = [] }) => secretGenerator)
      .flatMap(({ literals: all = [] }) => all);
    expect(literals).toHaveLength(3);
    expect(literals.filter((one) => !one.includes('change-me'))).toEqual([]);
    expect(source('src/config.ts')).toContain('change.?me');
  });
});

describe('configuration', () => {
  test.each([
    ['compose.yaml', [...read('compose.yaml').matchAll(/^ {6}([A-Z][A-Z_]+):/gm)]],
    [
      'kubernetes/base/deployment.yaml',
      [...read('kubernetes/base/deployment.yaml').matchAll(/name: ([A-Z_]+),/g)],
    ],
    [
      'kubernetes/overlays/example',
      [...read('kubernetes/overlays/example/kustomization.yaml').matchAll(/- ([A-Z_]+)=/g)],
    ],
    ['systemd/example.env', [...read('systemd/example.env').matchAll(/^([A-Z_]+)=/gm)]],
    ['systemd', [...read('systemd/bone-heart-cds.service').matchAll(/(?<=[= ])([A-Z][A-Z_]+)=/g)]],
    ['Dockerfile', [...source('Dockerfile').matchAll(/(?<=ENV.*)([A-Z][A-Z_]+)=/g)]],
  ])('%s sets only variables that the service reads', (_, found) => {
    // Of the other programs: glibc, PostgreSQL and Grafana.
    const ours = found.map(([, name = '']) => name).filter((name) => !/^(MALLOC|POSTGRES|GF)_/.test(name));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter((name) => !variables.has(name))).toEqual([]);
  });

  test.each(['config', 'kubernetes/overlays/example'])('clients and policy of %s are accepted', (folder) => {
    expect(parseClients(read(`${folder}/clients.yaml`), { production: true })).toHaveLength(1);
    const policy = { knowledge, rules: RULES, production: true };
    expect(parsePolicy(read(`${folder}/policy.yaml`), folder, policy).region).toBe('US');
  });

  test('compose.yaml mounts what is there, and example.env sets every variable that it asks for', () => {
    const compose = parse(read('compose.yaml')) as {
      services: Record<string, { volumes: string[]; networks: string[] }>;
      volumes: object;
      networks: object;
    };
    for (const { volumes, networks } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const [, from = ''] = /^(?:\$\{\w+:-)?([\w./-]+)\}?:/.exec(volume) ?? [];
        expect(from.startsWith('.') ? existsSync(join(deploy, from)) : from in compose.volumes).toBe(true);
      }
      for (const network of networks) expect(Object.keys(compose.networks)).toContain(network);
    }
    const needed = [...read('compose.yaml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    for (const name of needed) expect(read('example.env')).toMatch(new RegExp(`^${name ?? ''}=`, 'm'));
  });

  const analyze = spawnSync('systemd-analyze', ['--version']).status === 0;
  (analyze ? test : test.skip)('the systemd unit is accepted and tight', () => {
    const unit = join(scratch, 'bone-heart-cds.service');
    writeFileSync(unit, read('systemd/bone-heart-cds.service').replace('/usr/bin/node', process.execPath));
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect(verified.stderr.split('\n').filter((line) => line.includes('bone-heart-cds.service'))).toEqual([]);
    const { status } = spawnSync('systemd-analyze', ['security', '--offline=yes', '--threshold=20', unit]);
    expect(status).toBe(0);
  });
});

describe('metrics', () => {
  let answer = '';
  let labels: ReadonlyMap<string, ReadonlySet<string>>;
  beforeAll(async () => {
    answer = await everyMetric();
    labels = labelsOf(answer);
  });

  const dashboard = JSON.parse(read('grafana/dashboards/bone-heart-cds.json')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  const alerts = parse(read('prometheus/alerts.yaml')) as {
    groups: { rules: { alert: string; expr: string }[] }[];
  };
  const expressions = [
    ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
    ...alerts.groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)),
  ];

  test.each(expressions)('%s asks for metrics and labels that exist', (_, expression) => {
    const selected = [...expression.matchAll(/\b((?:cds_\w+|up))(?:\{([^}]*)\})?(?=[[)\s=]|$)/g)];
    expect(selected.length).toBeGreaterThan(0);
    for (const [, metric = '', matchers = ''] of selected) {
      if (metric === 'up') continue;
      expect([...labels.keys()]).toContain(metric);
      for (const [, label = '', operator = '', value = ''] of matchers.matchAll(
        /(\w+)(=~|!~|!=|=)"([^"]*)"/g,
      )) {
        expect([...(labels.get(metric) ?? [])]).toContain(label);
        if (operator === '=' && label !== 'status') expect(answer).toContain(`${label}="${value}"`);
      }
      for (const [, grouped = ''] of expression.matchAll(/by \(([^)]*)\)/g))
        for (const label of grouped.split(', ')) expect([...(labels.get(metric) ?? [])]).toContain(label);
    }
  });

  test('every metric of the service is on the dashboard', () => {
    const all = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
    const families = [...answer.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name);
    expect(families.filter((name) => !all.includes(name))).toEqual([]);
  });

  test('Prometheus and Grafana look where the files and the service are', () => {
    expect(read('prometheus/prometheus.yml')).toContain(`service:${String(ADMIN_PORT)}`);
    for (const file of (parse(read('prometheus/prometheus.yml')) as { rule_files: string[] }).rule_files)
      expect(existsSync(join(deploy, 'prometheus', file))).toBe(true);
    const { datasources } = parse(read('grafana/provisioning/datasources/prometheus.yaml')) as {
      datasources: { uid: string }[];
    };
    expect(read('grafana/dashboards/bone-heart-cds.json')).toContain(`"uid": "${datasources[0]?.uid ?? ''}"`);
  });
});

interface Pod {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly {
    readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
    readonly ports: readonly { readonly containerPort: number }[];
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly startupProbe: Probe;
    readonly livenessProbe: Probe;
    readonly readinessProbe: Probe;
  }[];
}

interface Probe {
  readonly httpGet: { readonly path: string };
}

function podOf(file: string): Pod {
  return (parse(read(`kubernetes/${file}`)) as { spec: { template: { spec: Pod } } }).spec.template.spec;
}

function source(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** What the compiler says of these lines. */
function typeProblems(name: string, lines: readonly string[]): string {
  // Below the project, so that its packages are found.
  const folder = join(root, 'node_modules', '.cache', 'deploy-test');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, lines.join('\n'));
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', '', file];
  try {
    execFileSync(
      process.execPath,
      [join(root, 'node_modules/@typescript/native/bin/tsc'), '--ignoreConfig', ...options],
      {
        encoding: 'utf8',
      },
    );
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** The answer of /metrics after a call and feedback of every kind. */
async function everyMetric(): Promise<string> {
  const health = {
    up: true,
    decisionsKept: 1,
    decisionsLost: 0,
    quietsUnread: 0,
    feedbackKept: 1,
    feedbackRefused: 0,
  };
  const metrics = createMetrics(() => health);
  metrics.answered(
    {
      route: '/cds-services/:id',
      service: { discovery: { id: 'bone-heart-patient-view' } },
      hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
      durations: { readMs: 1, gatherMs: 1, answerMs: 1, storeMs: 1 },
      findings: [
        {
          recommendation: 'low-bmd-cv-risk-check',
          outcome: 'insufficientData',
          mode: 'show',
          version: '1.0.0',
        },
      ],
      cards: [{ recommendation: 'low-bmd-cv-risk-check', indicator: 'info' }],
      sources: { conditions: 'prefetch' },
    },
    'ehr',
    200,
    4,
  );
  metrics.feedback([
    { recommendation: 'low-bmd-cv-risk-check', outcome: 'accepted', reason: 'accepted' },
    { recommendation: 'low-bmd-cv-risk-check', outcome: 'overridden', reason: 'patient-refuses' },
  ]);
  return metrics.text();
}

function labelsOf(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const [, name = '', inner = ''] of text.matchAll(/^(\w+)\{([^}]*)\}/gm))
    found.set(name, new Set([...inner.matchAll(/(\w+)=/g)].map(([, label = '']) => label)));
  return found;
}
