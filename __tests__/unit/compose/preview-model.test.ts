import { isolated, writtenBeside } from '../../../src/compose/isolate.ts';
import { limited } from '../../../src/compose/limit.ts';
import type { ComposeModel, Service } from '../../../src/compose/model.ts';

const PLACE = { workspace: '/work/shop', existing: () => undefined };

describe('an environment of its own', () => {
  const own = (model: Omit<ComposeModel, 'services'>) => isolated({ services: {}, ...model }, PLACE);

  test('has volumes that nobody else names', () => {
    const volumes = {
      plain: null,
      named: { name: 'the-data', labels: { a: 'b' } },
      external: { name: 'theirs', external: true },
      bound: { name: 'x', driver_opts: { type: 'none', o: 'bind', device: '/srv/data' } },
      relative: { driver_opts: { type: 'none', o: 'bind', device: '/work/shop/data' } },
      nfs: { driver: 'local', driver_opts: { type: 'nfs', o: 'addr=10.0.0.1', device: ':/data' } },
    };
    expect(own({ volumes }).volumes).toEqual({
      plain: null,
      named: { labels: { a: 'b' } },
      external: {},
      bound: {},
      relative: volumes.relative,
      nfs: volumes.nfs,
    });
  });

  test('has networks of its own, with their settings', () => {
    const networks = {
      default: null,
      front: { name: 'web', external: true },
      back: { name: 'b', internal: true },
    };
    expect(own({ networks }).networks).toEqual({ default: null, front: {}, back: { internal: true } });
  });

  test('says what it can not keep apart: folders of the server that a service writes', () => {
    const bind = (source: string, more: object = {}) => ({ type: 'bind', source, target: '/x', ...more });
    const model = {
      services: {
        web: {
          volumes: [bind('/srv/uploads'), bind('/etc/ssl', { read_only: true }), bind('/work/shop/web')],
        },
        db: { volumes: [{ type: 'volume', source: 'data', target: '/x' }] },
      },
    };
    expect(writtenBeside(model, PLACE)).toEqual([
      expect.objectContaining({ service: 'web', what: expect.stringContaining('/srv/uploads') }),
    ]);
  });
});

describe('limits', () => {
  const within = (service: Service, limits = { cpus: 1, memoryBytes: 1000 }) =>
    limited({ services: { web: service } }, limits).services.web;

  test('bound every service', () => {
    expect(within({ image: 'nginx' })).toEqual({
      image: 'nginx',
      deploy: { resources: { limits: { cpus: '1', memory: '1000' } } },
    });
  });

  test('leave what is lower, in whichever way it was given, and give it in one', () => {
    expect(within({ cpus: 0.5, mem_limit: '2000', memswap_limit: '4000', mem_reservation: '1500' })).toEqual({
      deploy: { resources: { limits: { cpus: '0.5', memory: '1000' } } },
    });
    const deploy = { replicas: 2, resources: { limits: { cpus: '0.25', memory: '4096', pids: 9 } } };
    expect(within({ deploy })).toEqual({
      deploy: { replicas: 2, resources: { limits: { cpus: '0.25', memory: '1000', pids: 9 } } },
    });
  });

  test('that are not given are not made up', () => {
    expect(within({}, {} as never)).toEqual({ deploy: { resources: { limits: {} } } });
    const onlyMemory = within({ cpus: 2 }, { memoryBytes: 1000 } as never);
    expect(onlyMemory).toEqual({ deploy: { resources: { limits: { cpus: '2', memory: '1000' } } } });
  });

  test('take no reservation above them, and no device away', () => {
    const reservations = { memory: '5000', cpus: '4', devices: [{ capabilities: ['gpu'] }] };
    expect(within({ deploy: { resources: { reservations } } })?.deploy).toEqual({
      resources: {
        limits: { cpus: '1', memory: '1000' },
        reservations: { devices: [{ capabilities: ['gpu'] }] },
      },
    });
  });
});
