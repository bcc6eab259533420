import { EDGE_ALIASES, haproxyConfig, PROOF_HEADER, SLOT_HEADER } from '../../../src/edge/config.ts';
import { type EdgeState, EMPTY_EDGE } from '../../../src/edge/state.ts';

const used: EdgeState = {
  slots: [
    {
      slot: 'slot7',
      environment: 'shop/production',
      color: 'blue',
      service: 'web',
      port: 8000,
      alias: 'shop-production-blue-web',
      replicas: 2,
    },
  ],
  hosts: [],
  guards: [],
};

/** The sections of a config, by their first line, each as its lines. */
function sections(config: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of config.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (!line.startsWith(' ')) found.set(line, []);
    else [...found.values()].at(-1)?.push(line.trim());
  }
  return found;
}

test('the slots are declared ahead, all 64, and a free one is out of service', () => {
  const config = sections(haproxyConfig(EMPTY_EDGE));
  const backends = [...config.keys()].filter((name) => name.startsWith('backend '));
  expect(backends).toEqual(Array.from({ length: 64 }, (_, at) => `backend slot${at + 1}`));
  for (const name of backends) {
    expect(config.get(name)?.filter((line) => line.startsWith('server '))).toEqual([
      `server s ${EDGE_ALIASES[0]}:80 resolvers docker init-addr none disabled`,
      `server s2 ${EDGE_ALIASES[1]}:80 resolvers docker init-addr none disabled`,
      `server s3 ${EDGE_ALIASES[2]}:80 resolvers docker init-addr none disabled`,
      `server s4 ${EDGE_ALIASES[3]}:80 resolvers docker init-addr none disabled`,
    ]);
  }
});

test('a slot in use is in service at the next start too, by the name of its containers', () => {
  const config = sections(haproxyConfig(used));
  expect(config.get('backend slot7')?.filter((line) => line.startsWith('server '))).toEqual([
    'server s shop-production-blue-web:8000 resolvers docker init-addr none',
    'server s2 shop-production-blue-web:8000 resolvers docker init-addr none',
    `server s3 ${EDGE_ALIASES[2]}:80 resolvers docker init-addr none disabled`,
    `server s4 ${EDGE_ALIASES[3]}:80 resolvers docker init-addr none disabled`,
  ]);
  expect(config.get('backend slot8')?.at(-1)).toMatch(/disabled$/);
  expect(config.size).toBe(sections(haproxyConfig(EMPTY_EDGE)).size);
});

test('only the slots make a difference', () => {
  const without = (config: string) => config.replaceAll(/^ {2}server s\d? .*$/gm, '');
  expect(without(haproxyConfig(used))).toBe(without(haproxyConfig(EMPTY_EDGE)));
  expect(haproxyConfig({ ...used, hosts: [], guards: [] })).toBe(haproxyConfig(used));
});

test('a request that may change something is never sent twice, before anything is decided about it', () => {
  const rules = sections(haproxyConfig(EMPTY_EDGE))
    .get('frontend http')
    ?.filter((line) => line.startsWith('http-request'));
  expect(rules?.[0]).toBe('http-request disable-l7-retry unless { method GET HEAD OPTIONS }');
});

test('the sockets are for their owner alone', () => {
  const sockets = haproxyConfig(EMPTY_EDGE)
    .split('\n')
    .filter((line) => line.includes('.sock'));
  expect(sockets).toHaveLength(4);
  for (const line of sockets) expect(line).toContain('mode 600');
});

test('a client can neither choose a slot nor claim another scheme', () => {
  const config = sections(haproxyConfig(EMPTY_EDGE));
  const http = config.get('frontend http')?.join('\n') ?? '';
  expect(http).not.toContain(SLOT_HEADER);
  // On the public ports the edge sets the scheme itself, in both cases.
  expect(http).toContain('http-request set-header X-Forwarded-Proto https if { ssl_fc }');
  expect(http).toContain(
    'http-request set-header X-Forwarded-Proto http if !{ ssl_fc } !{ so_name internal }',
  );
  const candidate = config.get('frontend candidate') ?? [];
  expect(candidate.filter((line) => line.startsWith('bind'))).toEqual([
    'bind unix@/edge/run/candidate.sock mode 600',
  ]);
  expect(candidate).toContain(`http-request del-header ${SLOT_HEADER}`);
});

test('which color answered is told to the internal listener alone', () => {
  const line = haproxyConfig(EMPTY_EDGE)
    .split('\n')
    .find((one) => one.includes(PROOF_HEADER));
  expect(line).toMatch(/if \{ so_name internal \}$/);
});

test('its numbers are on a socket alone, never on a port', () => {
  const config = sections(haproxyConfig(EMPTY_EDGE));
  expect(config.get('frontend metrics')?.[0]).toBe('bind unix@/edge/run/metrics.sock mode 600');
  const elsewhere = [...config].filter(([name]) => name !== 'frontend metrics').flatMap(([, lines]) => lines);
  expect(elsewhere.join('\n')).not.toContain('prometheus-exporter');
});

test('a hostname that nobody has is answered, not passed on', () => {
  const http = sections(haproxyConfig(EMPTY_EDGE)).get('frontend http') ?? [];
  const refusal = http.findIndex((line) => line.includes('return status 404'));
  expect(refusal).toBeGreaterThan(http.findIndex((line) => line.includes('set-var(txn.slot)')));
  expect(refusal).toBeLessThan(http.findIndex((line) => line.startsWith('use_backend')));
});
