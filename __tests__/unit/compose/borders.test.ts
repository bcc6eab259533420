import { splitCompose } from '../../../src/compose/split.ts';
import { requestFor, requestOf, told } from './fixture.ts';

const split = () => splitCompose(requestFor('borders', { shared: ['db'] }));

test('a color does not wait for shared services, which are ready before it starts', () => {
  expect(split().color.services.app?.depends_on).toEqual({
    vpn: { condition: 'service_started', required: true },
  });
  const restaurant = splitCompose(requestFor('restaurant', { shared: ['db'] }));
  expect(restaurant.color.services.app).not.toHaveProperty('depends_on');
});

test('a link to a shared service becomes a name of that service', () => {
  expect(split().color.services.app?.links).toEqual(['vpn:tunnel']);
  expect(split().shared?.services.db?.networks).toEqual({
    blue: { aliases: ['database'] },
    green: { aliases: ['database'] },
  });
});

test('what stays inside of the color is kept', () => {
  expect(split().color.services.web).toMatchObject({ network_mode: 'service:vpn', pid: 'service:app' });
  expect(split().color.services.app?.volumes_from).toEqual(['vpn:ro']);
});

test('what can not cross the border, or be twice, is an error', () => {
  const { notices, shared } = split();
  expect(
    told(notices)
      .filter((line) => line.startsWith('error'))
      .sort(),
  ).toEqual([
    'error compose-host-network metrics',
    'error compose-namespace-across sniffer',
    'error compose-namespace-container sniffer',
    'error compose-shared-edge-port db',
    'error compose-shared-needs-color db',
    'error compose-volumes-from-across app',
  ]);
  expect(shared?.services.db).not.toHaveProperty('depends_on');
});

test('a shared service may share a foreign namespace, and the host network', () => {
  const services = {
    db: { image: 'a', pid: 'container:elsewhere', network_mode: 'host' },
    agent: { image: 'a', ipc: 'container:mine' },
    web: { image: 'a', container_name: 'mine', networks: { default: null } },
  };
  const { notices, shared } = splitCompose(requestOf({ services }, { shared: ['db', 'agent'] }));
  expect(told(notices)).toEqual(['error compose-namespace-container agent']);
  expect(shared?.services.db).toMatchObject({ pid: 'container:elsewhere', network_mode: 'host' });
});

test('two services on the same side may share what they like', () => {
  const services = {
    db: { image: 'a', networks: { default: null } },
    exporter: {
      image: 'a',
      network_mode: 'service:db',
      pid: 'service:db',
      volumes_from: ['db'],
      ipc: 'host',
    },
  };
  for (const shared of [[], ['db', 'exporter']]) {
    const { notices, color, shared: project } = splitCompose(requestOf({ services }, { shared }));
    expect(told(notices).filter((line) => !line.includes('all-shared'))).toEqual([]);
    expect((project ?? color).services.exporter).toMatchObject(services.exporter);
  }
});
