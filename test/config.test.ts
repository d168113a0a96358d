import { describe, expect, test } from '@jest/globals';
import { CONFIG_TABLE } from '../src/config-table.ts';
import { readConfig } from '../src/config.ts';
import { ServiceError } from '../src/errors.ts';

function problemsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'ERR_CONFIG') return error.detail.split('\n');
    throw error;
  }
  return [];
}

describe('defaults', () => {
  test('an empty environment serves this machine in development', () => {
    expect(readConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      baseUrl: 'http://127.0.0.1:3000',
      nodeEnv: 'development',
      auth: 'off',
      discovery: 'open',
      answerDeadlineMs: 2500,
      maxBodyBytes: 10 * 1024 * 1024,
      corsOrigins: '*',
      logLevel: 'info',
      dataDir: './data',
      retentionDays: 400,
      notices: [],
    });
  });

  test('an empty value counts as unset', () => {
    const empty = Object.fromEntries(CONFIG_TABLE.map(({ name }) => [name, ' ']));
    expect(readConfig(empty)).toEqual(readConfig({}));
  });

  test('NODE_ENV=test is development', () => {
    expect(readConfig({ NODE_ENV: 'test' }).nodeEnv).toBe('development');
  });

  test('the result is frozen', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });
});

describe('values', () => {
  test.each([
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: '65535' }, { port: 65535, baseUrl: 'http://127.0.0.1:65535' }],
    [{ HOST: '::1' }, { host: '::1', baseUrl: 'http://[::1]:3000' }],
    [{ BASE_URL: 'https://cds.example.org/bone-heart' }, { baseUrl: 'https://cds.example.org/bone-heart' }],
    [{ BASE_URL: 'http://[::1]:80/a.b/_~-9' }, { baseUrl: 'http://[::1]:80/a.b/_~-9' }],
    [{ POLICY_FILE: './policy.yaml' }, { policyFile: './policy.yaml' }],
    [{ ANSWER_DEADLINE_MS: '8000' }, { answerDeadlineMs: 8000 }],
    [{ MAX_BODY: '10mb' }, { maxBodyBytes: 10_485_760 }],
    [{ MAX_BODY: '512 KB' }, { maxBodyBytes: 524_288 }],
    [{ MAX_BODY: '1000' }, { maxBodyBytes: 1000 }],
    [{ CORS_ORIGINS: '*' }, { corsOrigins: '*' }],
    [
      { CORS_ORIGINS: 'https://a.example.org, http://localhost:8080' },
      { corsOrigins: ['https://a.example.org', 'http://localhost:8080'] },
    ],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
  ])('%j', (env, expected) => {
    expect(readConfig(env)).toMatchObject(expected);
  });
});

describe('problems', () => {
  test.each([
    [{ PORT: '65536' }, 'PORT'],
    [{ PORT: '-1' }, 'PORT'],
    [{ PORT: '3e3' }, 'PORT'],
    [{ HOST: 'a b' }, 'HOST'],
    [{ BASE_URL: 'cds.example.org' }, 'BASE_URL'],
    [{ BASE_URL: 'ftp://cds.example.org' }, 'BASE_URL'],
    [{ BASE_URL: 'https://cds.example.org/' }, 'BASE_URL'],
    [{ BASE_URL: 'https://user:secret@cds.example.org' }, 'BASE_URL'],
    [{ BASE_URL: 'https://cds.example.org?a=b' }, 'BASE_URL'],
    [{ BASE_URL: 'http://h/a(b)' }, 'BASE_URL'],
    [{ BASE_URL: 'http://h/a:b' }, 'BASE_URL'],
    [{ BASE_URL: 'http://h/*x' }, 'BASE_URL'],
    [{ BASE_URL: 'http://h/{a}' }, 'BASE_URL'],
    [{ BASE_URL: 'http://h\\a:b' }, 'BASE_URL'],
    [{ NODE_ENV: 'staging' }, 'NODE_ENV'],
    [{ AUTH: 'none' }, 'AUTH'],
    [{ ANSWER_DEADLINE_MS: '0' }, 'ANSWER_DEADLINE_MS'],
    [{ ANSWER_DEADLINE_MS: '8001' }, 'ANSWER_DEADLINE_MS'],
    [{ ANSWER_DEADLINE_MS: '2.5s' }, 'ANSWER_DEADLINE_MS'],
    [{ MAX_BODY: '0' }, 'MAX_BODY'],
    [{ MAX_BODY: '1gb' }, 'MAX_BODY'],
    [{ MAX_BODY: '257mb' }, 'MAX_BODY'],
    [{ MAX_BODY: 'large' }, 'MAX_BODY'],
    [{ CORS_ORIGINS: 'https://a.example.org/path' }, 'CORS_ORIGINS'],
    [{ CORS_ORIGINS: 'https://a.example.org,*' }, 'CORS_ORIGINS'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  ])('%j is refused and named without its value', (env, name) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} must be `));
    expect(problems[0]).not.toContain('secret');
  });

  test('all problems are reported at once', () => {
    expect(problemsOf({ PORT: 'x', MAX_BODY: 'x', LOG_LEVEL: 'x' })).toHaveLength(3);
  });
});

const PRODUCTION = {
  NODE_ENV: 'production',
  CLIENTS_FILE: 'clients.yaml',
  BASE_URL: 'https://cds.example.org',
  PATIENT_KEY_SECRET: '3f1c0a5be7d2948860c1f7a2b95e4d13',
};

describe('production', () => {
  test('starts with authentication, https and a secret', () => {
    expect(readConfig(PRODUCTION)).toMatchObject({
      nodeEnv: 'production',
      auth: 'required',
      corsOrigins: [],
      notices: [],
    });
  });

  test.each([
    [{ AUTH: 'off' }, 'AUTH=off is refused in production'],
    [{ CLIENTS_FILE: '' }, 'CLIENTS_FILE is needed with AUTH=required'],
    [{ BASE_URL: 'http://cds.example.org' }, 'BASE_URL must be https in production'],
    [{ BASE_URL: 'http://127.0.0.1.example.org' }, 'BASE_URL must be https in production'],
    [{ BASE_URL: 'http://0.0.0.0:3000' }, 'BASE_URL must be https in production'],
    [{ BASE_URL: '', HOST: '0.0.0.0' }, 'BASE_URL must be https in production'],
    [{ PATIENT_KEY_SECRET: '' }, 'PATIENT_KEY_SECRET is needed in production'],
    [{ PATIENT_KEY_SECRET: 'short' }, 'PATIENT_KEY_SECRET must be text of at least 32 characters'],
    [{ PATIENT_KEY_SECRET: 'please-change-me-please-change-me-now' }, 'PATIENT_KEY_SECRET is a demo secret'],
    [{ CORS_ORIGINS: '*' }, 'CORS_ORIGINS=* is refused in production'],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED=0 is refused'],
    [{ DEBUG: 'fhir-kit-client:*' }, 'DEBUG is refused in production'],
    [{ NODE_DEBUG: 'http' }, 'NODE_DEBUG is refused in production'],
  ])('refuses %j', (env, problem) => {
    const problems = problemsOf({ ...PRODUCTION, ...env });
    expect(problems.some((one) => one.startsWith(problem))).toBe(true);
    expect(problems.join()).not.toContain('change-me');
  });

  test('plain http is allowed where only this machine can listen in', () => {
    for (const BASE_URL of ['http://127.0.0.1:3000', 'http://localhost:3000', 'http://[::1]:3000'])
      expect(problemsOf({ ...PRODUCTION, BASE_URL })).toEqual([]);
  });

  test('everything that is wrong is told at once, with what else was found', () => {
    const env = { NODE_ENV: 'production', AUTH: 'off', BASE_URL: 'http://cds.example.org', PORT: 'x' };
    expect(() => readConfig(env, () => ['CLIENTS_FILE: found elsewhere'])).toThrow(
      /PORT[\s\S]*AUTH=off[\s\S]*BASE_URL[\s\S]*PATIENT_KEY_SECRET[\s\S]*found elsewhere/,
    );
  });

  test('a database on another machine without TLS is pointed out, without its password', () => {
    const DATABASE_URL = 'postgres://cds:hunter2@db.example.org/cds';
    const { notices } = readConfig({ ...PRODUCTION, DATABASE_URL });
    expect(notices).toEqual([expect.stringContaining('sslmode')]);
    expect(notices.join()).not.toContain('hunter2');
    expect(
      readConfig({ ...PRODUCTION, DATABASE_URL: `${DATABASE_URL}?sslmode=verify-full` }).notices,
    ).toEqual([]);
  });
});

test('AUTH=required needs the clients in development too', () => {
  expect(problemsOf({ AUTH: 'required' })).toEqual(['CLIENTS_FILE is needed with AUTH=required']);
  expect(readConfig({ AUTH: 'required', CLIENTS_FILE: 'c.yaml' }).notices).toEqual([
    expect.stringContaining('the checks of NODE_ENV=production are off'),
  ]);
});

test('listening beyond this machine without authentication is said aloud', () => {
  expect(readConfig({ HOST: '0.0.0.0' }).notices).toEqual([
    expect.stringContaining('clients are not authenticated'),
  ]);
  expect(readConfig({ HOST: 'localhost' }).notices).toEqual([]);
});

test.each([
  ['9100', { host: '127.0.0.1', port: 9100 }],
  ['10.0.0.5:9100', { host: '10.0.0.5', port: 9100 }],
  ['[fd00::5]:9100', { host: 'fd00::5', port: 9100 }],
  ['0', { host: '127.0.0.1', port: 0 }],
])('ADMIN_PORT=%s listens on this machine unless an address says more', (text, admin) => {
  expect(readConfig({ ADMIN_PORT: text }).admin).toEqual(admin);
});

test('operator pages that other machines can reach are said aloud', () => {
  expect(readConfig({ ADMIN_PORT: '0.0.0.0:9100' }).notices).toEqual([
    'ADMIN_PORT listens on 0.0.0.0, and operator pages authenticate nobody: keep it inside',
  ]);
  expect(readConfig({ ADMIN_PORT: '9100', HOST: '127.0.0.1' }).notices).toEqual([]);
});

test.each([
  ['DATABASE_URL', 'mysql://host/db', 'a postgres:// URL'],
  ['PATIENT_KEY_SECRET', 'short', 'text of at least 32 characters'],
  ['RETENTION_DAYS', '0', 'a whole number from 1 to 36500'],
  ['ADMIN_PORT', '65536', 'a port from 0 to 65535, or ADDRESS:PORT'],
  ['ADMIN_PORT', 'a b:80', 'a port from 0 to 65535, or ADDRESS:PORT'],
])('%s=%s is refused without its value', (name, value, rule) => {
  expect(problemsOf({ [name]: value })).toEqual([`${name} must be ${rule}`]);
});

test('each row of the table is complete and unique', () => {
  expect(new Set(CONFIG_TABLE.map(({ name }) => name)).size).toBe(CONFIG_TABLE.length);
  for (const row of CONFIG_TABLE) expect(Object.values(row)).not.toContain('');
});
