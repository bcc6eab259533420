import { splitCompose } from '../../../src/compose/split.ts';
import { requestFor, requestOf, told } from './fixture.ts';

const split = () => splitCompose(requestFor('networks', { shared: ['db'] }));

test('each network is one per color; those with a shared service belong to the shared project', () => {
  const { shared, color } = split();
  expect(shared?.networks).toEqual({
    'blue-back': expect.objectContaining({ name: 'shop-production-blue-back', internal: true }),
    'green-back': expect.objectContaining({ name: 'shop-production-green-back', internal: true }),
    'external-legacy': { name: 'old-world', external: true },
  });
  expect(color.networks).toEqual({
    green: expect.objectContaining({ name: 'shop-production-green' }),
    'green-front': expect.objectContaining({ name: 'shop-production-green-front' }),
    'green-back': { name: 'shop-production-green-back', external: true },
    'external-legacy': { name: 'old-world', external: true },
  });
});

test('a network is declared alike whichever project owns it, so that it can pass from one to the other', () => {
  const services = {
    web: { image: 'a', networks: { default: null } },
    db: { image: 'a', networks: { default: null } },
  };
  const without = splitCompose(requestOf({ services }));
  const withShared = splitCompose(requestOf({ services }, { shared: ['db'] }));
  expect(withShared.shared?.networks?.green).toEqual(without.color.networks?.green);
});

test('a network keeps its settings, but not what can exist once only', () => {
  expect(split().color.networks?.['green-front']).toEqual({
    name: 'shop-production-green-front',
    driver: 'bridge',
    driver_opts: { 'com.docker.network.driver.mtu': '1400' },
    attachable: true,
    labels: {
      team: 'web',
      'restaurant-deploy.app': 'shop',
      'restaurant-deploy.environment': 'production',
      'restaurant-deploy.color': 'green',
    },
  });
  const notice = split().notices.find(({ code }) => code === 'compose-network-fixed');
  expect(notice?.what).toBe(
    'The network "front" exists once a color, so its fixed subnets and the name of its bridge device can not be kept.',
  );
});

test('a color service stands in the networks of its color only, without fixed addresses', () => {
  const { services } = split().color;
  expect(services.app?.networks).toEqual({
    'green-front': { aliases: ['api', 'the-app'] },
    'green-back': { priority: 100, aliases: ['the-app'] },
  });
  expect(services.proxy?.networks).toEqual({ 'green-front': null, 'external-legacy': { aliases: ['www'] } });
  expect(services.lonely?.networks).toEqual({ green: null });
});

test("a shared service stands in both colors' networks, under its container's name too", () => {
  expect(split().shared?.services.db?.networks).toEqual({
    'blue-back': { aliases: ['postgres', 'the-db'] },
    'green-back': { aliases: ['postgres', 'the-db'] },
    'external-legacy': { aliases: ['the-db'] },
  });
});

test('a shared service keeps its fixed address on an external network', () => {
  const { shared, notices } = splitCompose(requestFor('networks', { shared: ['proxy'] }));
  expect(shared?.services.proxy?.networks?.['external-legacy']).toEqual({
    aliases: ['www'],
    ipv4_address: '10.1.0.9',
  });
  expect(told(notices)).not.toContain('warning compose-static-address proxy');
});

test('what is dropped and what leaks is told', () => {
  expect(told(split().notices)).toEqual([
    'warning compose-mac-address proxy',
    'warning compose-network-fixed',
    'warning compose-network-external',
    'warning compose-static-address app',
    'warning compose-static-address proxy',
  ]);
});

test('the name of a container is no alias on an external network, where the other color has it too', () => {
  const services = { app: { image: 'a', container_name: 'the-app', networks: { out: null, default: null } } };
  const networks = { default: {}, out: { name: 'out', external: true } };
  expect(splitCompose(requestOf({ services, networks })).color.services.app?.networks).toEqual({
    'external-out': null,
    green: { aliases: ['the-app'] },
  });
});

test('IPv6 goes with the subnet it came from and stays where it had none', () => {
  const services = { app: { image: 'a', networks: { six: null, auto: null } } };
  const networks = {
    six: { enable_ipv6: true, ipam: { config: [{ subnet: 'fd00::/64' }] } },
    auto: { enable_ipv6: true, ipam: {} },
  };
  const { color } = splitCompose(requestOf({ services, networks }));
  expect(color.networks?.['green-six']).not.toHaveProperty('enable_ipv6');
  expect(color.networks?.['green-auto']).toHaveProperty('enable_ipv6', true);
});
