import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { read } from './names.ts';

const folder = fileURLToPath(new URL('../../../monitoring', import.meta.url));

interface Service {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly user?: string;
  readonly privileged?: boolean;
  readonly network_mode?: string;
  readonly mem_limit?: string;
  readonly cpus?: number;
  readonly cap_drop?: readonly string[];
  readonly logging?: { readonly options: { readonly 'max-size': string } };
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
}
const { services } = parse(read('monitoring/compose.yml'), { merge: true, maxAliasCount: -1 }) as {
  services: Record<string, Service>;
};

test.each(Object.entries(services))(
  '%s is bound to the loopback, has its limits and a pinned image',
  (_, one) => {
    for (const port of one.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(one).not.toHaveProperty('network_mode');
    expect(one).not.toHaveProperty('privileged');
    expect(one.mem_limit).toMatch(/^\d+m$/);
    expect(one.cpus).toBeGreaterThan(0);
    expect(one.cap_drop).toEqual(['ALL']);
    expect(one.logging?.options['max-size']).toMatch(/^\d+m$/);
    expect(one.image).toMatch(/:v?\d+[\w.-]*$/);
  },
);

test.each(Object.entries(services))('what %s mounts of this folder is there', (_, { volumes = [] }) => {
  for (const volume of volumes) {
    const [from = ''] = volume.split(':');
    // Made on the server: data, secrets, and what is beside.
    if (!from.startsWith('./') || /^\.\/(data|secrets|alertmanager$)/.test(from)) continue;
    expect({ from, exists: existsSync(join(folder, from)) }).toEqual({ from, exists: true });
  }
});

test('what is kept has a bound, in time and in bytes', () => {
  const flags = services.prometheus?.command ?? [];
  expect(flags).toContainEqual(expect.stringMatching(/retention\.time=\d+d$/));
  expect(flags).toContainEqual(expect.stringMatching(/retention\.size=\d+GB$/));
  const loki = parse(read('monitoring/loki.yml'));
  expect(loki.limits_config.retention_period).toMatch(/^\d+h$/);
  expect(loki.compactor).toMatchObject({ retention_enabled: true, delete_request_store: 'filesystem' });
});

test('nobody comes in without a password, which stands in no file of this repository', () => {
  const { environment = {} } = services.grafana ?? {};
  expect(environment.GF_AUTH_ANONYMOUS_ENABLED).toBe('false');
  expect(environment.GF_SECURITY_ADMIN_PASSWORD__FILE).toBe('/run/grafana/admin-password');
  expect(environment).not.toHaveProperty('GF_SECURITY_ADMIN_PASSWORD');
});

test('every scraped address is a service of the stack', () => {
  const { scrape_configs } = parse(read('monitoring/prometheus.yml')) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  const targets = scrape_configs.flatMap((job) => job.static_configs.flatMap((one) => one.targets));
  for (const target of targets)
    expect(['localhost', ...Object.keys(services)]).toContain(target.split(':')[0]);
});
