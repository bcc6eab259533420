import { DeployError } from '../../../src/errors.ts';
import { formatAddress, parseAddress } from '../../../src/hosts/address.ts';

describe('parseAddress', () => {
  test.each([
    ['deploy@203.0.113.7', { user: 'deploy', host: '203.0.113.7', port: 22 }],
    ['deploy@203.0.113.7:2222', { user: 'deploy', host: '203.0.113.7', port: 2222 }],
    ['deploy@www.example.com:65535', { user: 'deploy', host: 'www.example.com', port: 65535 }],
    ['deploy@[2001:db8::1]', { user: 'deploy', host: '2001:db8::1', port: 22 }],
    ['deploy@[2001:db8::1]:1', { user: 'deploy', host: '2001:db8::1', port: 1 }],
    ['deploy@[::ffff:203.0.113.7]', { user: 'deploy', host: '::ffff:203.0.113.7', port: 22 }],
    ['a.b-c_d@host', { user: 'a.b-c_d', host: 'host', port: 22 }],
    ['  deploy@host\n', { user: 'deploy', host: 'host', port: 22 }],
  ])('reads %j', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  test.each([
    [''],
    ['host'],
    ['@host'],
    ['deploy@'],
    ['deploy@host:'],
    ['deploy@host:0'],
    ['deploy@host:65536'],
    ['deploy@host:ssh'],
    ['deploy@host:22:22'],
    ['deploy@a b'],
    ['de ploy@host'],
    ['a@b@host'],
    ['user:password@host'],
    ['deploy@2001:db8::1'],
    ['deploy@[2001:db8::1'],
    ['deploy@[host]'],
    ['ssh://deploy@host'],
    ['deploy@host/path:22'],
  ])('refuses %j with the right form as the remedy', (text) => {
    try {
      parseAddress(text);
    } catch (error) {
      expect(error).toBeInstanceOf(DeployError);
      expect((error as DeployError).faults).toEqual([
        {
          code: 'ssh-address',
          what: `"${text}" is no address of a server.`,
          remedy: 'Write user@host or user@host:port, for instance deploy@203.0.113.7:22.',
        },
      ]);
      return;
    }
    throw new Error('it was taken');
  });
});

test('an address reads back from the form that logs use', () => {
  for (const text of [
    'deploy@host',
    'deploy@host:2222',
    'deploy@[2001:db8::1]',
    'deploy@[2001:db8::1]:2222',
  ]) {
    expect(formatAddress(parseAddress(text))).toBe(text);
  }
  expect(formatAddress(parseAddress('deploy@host:22'))).toBe('deploy@host');
});
