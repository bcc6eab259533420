import { EDGE_ALIASES, SERVERS } from '../../../src/edge/config.ts';
import {
  freeServers,
  leadToOne,
  leadToSeveral,
  readServers,
  type SlotServer,
} from '../../../src/edge/servers.ts';

const ALIAS = 'shop-production-blue-web';
const [A, B] = ['172.18.0.3', '172.18.0.4'] as const;
const BOTH = [A, B];

const server = (name: string, more: Partial<SlotServer> = {}): SlotServer => ({
  name,
  address: '-',
  stopped: false,
  fqdn: ALIAS,
  port: 8000,
  ...more,
});

test('what the edge tells of its servers', () => {
  const text = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state
8 slot7 1 s 172.18.0.3 2 68 1 1 45 1 0 0 8 0 0 0 ${ALIAS} 8000 - 0 0 - - 0
8 slot7 2 s2 - 0 37 1 1 46 1 0 0 8 0 0 0 edge-self 80 - 0 0 - - 0

`;
  expect(readServers(text)).toEqual([
    server('s', { address: A }),
    server('s2', { stopped: true, fqdn: 'edge-self', port: 80 }),
  ]);
  expect(readServers('No such backend.')).toEqual([]);
});

test('a slot is led to one container by name and address', () => {
  expect(leadToOne('slot7', ALIAS, A, 8000)).toEqual([
    `set server slot7/s fqdn ${ALIAS}`,
    `set server slot7/s addr ${A} port 8000`,
    'set server slot7/s state ready',
  ]);
});

test('its servers are given back, all of them or the later ones', () => {
  expect(freeServers('slot7')).toHaveLength(2 * SERVERS.length);
  expect(freeServers('slot7', SERVERS.length - 1)).toEqual([
    `set server slot7/s4 state maint`,
    `set server slot7/s4 fqdn ${EDGE_ALIASES[3]}`,
  ]);
});

describe('a slot is led to several containers', () => {
  const step = (...servers: SlotServer[]) => leadToSeveral('slot7', servers, ALIAS, BOTH, 8000);
  const free = { stopped: true, address: '172.18.0.2', port: 80 };

  test('by the name that they share', () => {
    const names = [server('s', { ...free, fqdn: 'self' }), server('s2', { ...free, fqdn: 'self-2' })];
    expect(step(...names)).toEqual({
      commands: [`set server slot7/s fqdn ${ALIAS}`, `set server slot7/s2 fqdn ${ALIAS}`],
      done: false,
    });
  });

  test('once the edge has found one it gets the port, at that very address, and is let in', () => {
    const found = server('s', { ...free, address: B });
    expect(step(found, server('s2', { ...free, address: '-' }))).toEqual({
      commands: [`set server slot7/s addr ${B} port 8000`, 'set server slot7/s state ready'],
      done: false,
    });
  });

  test('a server that still leads elsewhere waits', () => {
    expect(step(server('s', { address: B }), server('s2', free))).toEqual({ commands: [], done: false });
    expect(step(server('s', { address: B }), server('s2', { address: B }))).toEqual({
      commands: [],
      done: false,
    });
  });

  test('and it is done when each has its own; further servers are not its', () => {
    const all = [server('s', { address: B }), server('s2', { address: A }), server('s3', { fqdn: 'self' })];
    expect(step(...all)).toEqual({ commands: [], done: true });
  });

  test('an edge with fewer servers takes as many as it has', () => {
    expect(step(server('s', { address: A }))).toEqual({ commands: [], done: true });
  });
});
