import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../../src/commands/archive.ts';
import { readModel } from '../../../src/compose/model.ts';
import type { Config } from '../../../src/config/config.ts';
import { type BundleRequest, fillIn, makeBundle, PLACEHOLDERS } from '../../../src/deploy/bundle.ts';
import { pathsOf } from '../../../src/deploy/paths.ts';
import { releaseSchema } from '../../../src/deploy/records.ts';

const workspace = mkdtempSync(join(tmpdir(), 'workspace-'));
afterAll(() => rmSync(workspace, { recursive: true }));
const file = (name: string, content: string) => {
  mkdirSync(join(workspace, name, '..'), { recursive: true });
  writeFileSync(join(workspace, name), content);
};
file('site/index.html', 'hello');
file('site/deep/a.txt', 'a');
file('db/init.sql', 'create table menu ();');

const model = readModel(
  JSON.stringify({
    name: 'shop-production',
    networks: { default: { name: 'shop-production_default' } },
    secrets: { db_password: { name: 'shop_db_password', environment: 'DB_PASSWORD' } },
    services: {
      web: {
        image: `ghcr.io/org/web:${PLACEHOLDERS.IMAGE_TAG}`,
        environment: { RELEASE: PLACEHOLDERS.RELEASE, COLOR: PLACEHOLDERS.COLOR, OWN: 'x' },
        networks: { default: null },
        volumes: [{ type: 'bind', source: join(workspace, 'site'), target: '/site' }],
        depends_on: { db: { condition: 'service_healthy', required: true } },
      },
      db: {
        image: 'postgres:17-alpine',
        networks: { default: null },
        secrets: [{ source: 'db_password', target: 'db_password' }],
        volumes: [
          {
            type: 'bind',
            source: join(workspace, 'db/init.sql'),
            target: '/docker-entrypoint-initdb.d/init.sql',
          },
        ],
      },
    },
  }),
);

const config = {
  app: 'shop',
  environment: 'production',
  shared: ['db'],
  routes: [
    {
      hosts: ['www.example.com'],
      service: 'web',
      port: 80,
      health: { path: '/health', intervalMs: 250, inARow: 3, deadlineMs: 60_000 },
      tls: { certificate: { path: '/a' }, key: { path: '/b' }, redirect: true },
    },
  ],
  hooks: { beforeSwitch: { service: 'web', run: 'migrate', timeoutMs: 1 } },
  drain: { timeoutMs: 30_000 },
  standby: { keep: 'running', forMs: 600_000 },
} as unknown as Config;

const ENV = { DB_PASSWORD: 'geheim', LANGUAGE: 'de' };
const request = ({ env = ENV, ...more }: Partial<BundleRequest> = {}): BundleRequest => ({
  env,
  filling: env,
  origins: {},
  config,
  model,
  id: 'r1',
  version: 'abc',
  commit: 'abcdef',
  committedAt: 1_700_000_000_000,
  createdAt: '2026-01-02T03:04:05.000Z',
  images: { web: 'restaurant-deploy/shop.web:1', db: 'restaurant-deploy/shop.db:1' },
  paths: pathsOf('/home/deploy', 'shop', 'production'),
  projectDir: workspace,
  workspace,
  existing: (path) => {
    const info = statSync(path, { throwIfNoEntry: false });
    return info?.isDirectory() ? 'directory' : info ? 'file' : undefined;
  },
  ...more,
});
const make = (more: Partial<BundleRequest> = {}) => makeBundle(request(more));
const contentOf = (entries: readonly Entry[], path: string): string => {
  const found = entries.find((entry) => entry.path === path);
  if (!found || !('content' in found)) throw new Error(`no ${path}`);
  return String(found.content);
};

describe('the stand-ins', () => {
  test.each(['abc', 'a"b', 'a\\b', 'a\nb', '$&', '$1', "$'", '$$', 'ä'])(
    'become %j, wherever they stand',
    (value) => {
      const filled = fillIn(model, { COLOR: 'green', RELEASE: value, IMAGE_TAG: value });
      expect(filled.services.web).toMatchObject({
        image: `ghcr.io/org/web:${value}`,
        environment: { RELEASE: value, COLOR: 'green', OWN: 'x' },
      });
      expect(JSON.stringify(filled)).not.toMatch(/rd0.*placeholder/);
    },
  );
});

describe('a bundle', () => {
  test('has the record of the release, complete', () => {
    const { release, entries } = make();
    expect(releaseSchema.parse(JSON.parse(contentOf(entries, 'release.json')))).toEqual(release);
    expect(release).toMatchObject({
      id: 'r1',
      app: 'shop',
      environment: 'production',
      version: 'abc',
      commit: 'abcdef',
      committedAt: 1_700_000_000_000,
      createdAt: '2026-01-02T03:04:05.000Z',
      routes: [{ hosts: ['www.example.com'], service: 'web', port: 80, tls: true, redirect: true }],
      images: { web: 'restaurant-deploy/shop.web:1', db: 'restaurant-deploy/shop.db:1' },
      drainMs: 30_000,
      standby: 'running',
      standbyMs: 600_000,
      migrated: true,
    });
    expect(release.targets.green).toEqual([
      { service: 'web', connect: 'web', alias: 'shop-production-green-web', port: 80, replicas: 1 },
    ]);
    expect(contentOf(entries, 'release.json')).toMatch(/^[^\n]+\n$/);
  });

  test('tells variables by a hash of their values, never the values', () => {
    const { release, entries } = make();
    expect(Object.keys(release.env)).toEqual(['DB_PASSWORD', 'LANGUAGE']);
    expect(contentOf(entries, 'release.json')).not.toContain('geheim');
    const changed = make({ env: { DB_PASSWORD: 'neu', LANGUAGE: 'de' } }).release;
    expect(changed.env.LANGUAGE).toBe(release.env.LANGUAGE);
    expect(changed.env.DB_PASSWORD).not.toBe(release.env.DB_PASSWORD);
    // The same value under two names does not show as the same.
    const twins = make({ env: { A: 'x', B: 'x' } }).release.env;
    expect(twins.A).not.toBe(twins.B);
  });

  test('tells where a secret of a store came from, so that its version is known at a rollback', () => {
    const origins = { DB_PASSWORD: { from: 'vault', secret: 'secret/data/shop', version: '3' } } as const;
    const { release, entries } = make({ origins });
    expect(release.secrets).toEqual(origins);
    expect(releaseSchema.parse(JSON.parse(contentOf(entries, 'release.json'))).secrets).toEqual(origins);
    expect(release.fingerprint).toBe(make().release.fingerprint);
  });

  test('gives a secret that is for the compose file alone to no container as a variable', () => {
    const bundle = make({ env: { LANGUAGE: 'de' }, filling: ENV });
    for (const { path, content } of bundle.entries.filter((entry) => 'content' in entry)) {
      expect({ path, found: String(content).includes('geheim') }).toEqual({ path, found: false });
    }
    expect(contentOf(bundle.sharedEntries, '.env')).toContain('geheim');
    expect(contentOf(bundle.sharedEntries, 'compose.json')).not.toContain('geheim');
    expect(Object.keys(bundle.release.env)).toEqual(['DB_PASSWORD', 'LANGUAGE']);
    const changed = make({ env: { LANGUAGE: 'de' }, filling: { ...ENV, DB_PASSWORD: 'neu' } });
    expect(changed.release.fingerprint).not.toBe(bundle.release.fingerprint);
  });

  test('has a compose file for each color, for its owner alone', () => {
    const { entries } = make();
    for (const color of ['blue', 'green']) {
      const written = JSON.parse(contentOf(entries, `compose.${color}.json`));
      expect(written.name).toBe(`shop-production-${color}`);
      expect(written.services.web.environment).toMatchObject({ COLOR: color, RELEASE: 'r1', LANGUAGE: 'de' });
      expect(written.services.web.image).toBe('restaurant-deploy/shop.web:1');
      expect(Object.keys(written.services)).toEqual(['web']);
    }
    const modes = entries.flatMap((entry) => ('mode' in entry ? [entry.mode] : []));
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  test('lists the images that protect themselves from pruning, one a line', () => {
    expect(contentOf(make().entries, 'images')).toBe(
      'restaurant-deploy/shop.web:1\nrestaurant-deploy/shop.db:1\n',
    );
  });

  test('carries the files that the containers mount, those of the shared services apart', () => {
    const { entries, sharedEntries } = make();
    const travelling = (all: readonly Entry[]) => all.flatMap((entry) => ('from' in entry ? [entry] : []));
    expect(travelling(entries)).toEqual([{ path: 'files/site', from: join(workspace, 'site') }]);
    expect(travelling(sharedEntries)).toEqual([
      { path: 'files/db/init.sql', from: join(workspace, 'db/init.sql') },
    ]);
    expect(contentOf(sharedEntries, '.env')).toContain('geheim');
    expect(contentOf(entries, '.env')).not.toContain('geheim');
  });

  test('without shared services has nothing of them', () => {
    const { services, ...rest } = model;
    const bundle = make({
      config: { ...config, shared: [] },
      model: { ...rest, services: { web: { ...services.web, depends_on: {} } } } as typeof model,
    });
    expect([bundle.sharedEntries, bundle.sharedSum]).toEqual([[], '']);
  });
});

describe('the fingerprint', () => {
  const fingerprint = (more: Partial<BundleRequest> = {}) => make(more).release.fingerprint;
  const base = () => fingerprint();

  test('is the same for a release of another name, version and time', () => {
    expect(
      fingerprint({
        id: 'r2',
        version: 'def',
        commit: 'x',
        committedAt: undefined,
        createdAt: '2027-01-01T00:00:00Z',
      }),
    ).toBe(base());
  });

  test.each<[string, () => Partial<BundleRequest>]>([
    ['an image', () => ({ images: { ...request().images, web: 'restaurant-deploy/shop.web:2' } })],
    ['a variable', () => ({ env: { ...request().env, LANGUAGE: 'en' } })],
    ['a secret that a container gets as a file', () => ({ env: { ...request().env, DB_PASSWORD: 'neu' } })],
    [
      'a route',
      () => ({ config: { ...config, routes: [{ ...config.routes[0], hosts: ['example.com'] }] } as Config }),
    ],
    ['a hook', () => ({ config: { ...config, hooks: {} } })],
    ['what is shared', () => ({ config: { ...config, shared: [] } })],
  ])('is another one for %s', (_, change) => {
    expect(fingerprint(change())).not.toBe(base());
  });

  test('follows the files that travel: content, names, modes and links', () => {
    const seen = new Set([base()]);
    const changes: (() => void)[] = [
      () => file('site/index.html', 'hullo'),
      () => file('site/more.txt', ''),
      () => writeFileSync(join(workspace, 'site/run.sh'), '', { mode: 0o755 }),
      () => symlinkSync('index.html', join(workspace, 'site/link')),
      () => file('db/init.sql', 'create table orders ();'),
    ];
    for (const change of changes) {
      change();
      seen.add(base());
    }
    expect(seen.size).toBe(changes.length + 1);
  });
});

describe('the mark of the shared services', () => {
  test('is the same for another release: a database is not restarted by a deploy', () => {
    const sum = make().sharedSum;
    expect(sum).toMatch(/^[0-9a-f]{64}$/);
    expect(
      make({
        id: 'r2',
        version: 'def',
        createdAt: '2027-01-01T00:00:00Z',
        images: { ...request().images, web: 'restaurant-deploy/shop.web:2' },
      }).sharedSum,
    ).toBe(sum);
  });

  test.each<[string, () => Partial<BundleRequest>]>([
    ['their image', () => ({ images: { ...request().images, db: 'restaurant-deploy/shop.db:2' } })],
    ['the value of a secret of theirs', () => ({ env: { ...request().env, DB_PASSWORD: 'neu' } })],
  ])('is another one for %s', (_, change) => {
    expect(make(change()).sharedSum).not.toBe(make().sharedSum);
  });

  test('follows their files', () => {
    const before = make().sharedSum;
    file('db/init.sql', 'create table guests ();');
    expect(make().sharedSum).not.toBe(before);
  });

  test('travels beside them, to become the mark once they run', () => {
    const { sharedEntries, sharedSum } = make();
    expect(contentOf(sharedEntries, 'sum.next')).toBe(sharedSum);
  });
});
