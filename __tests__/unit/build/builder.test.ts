import { platformsFor, readBuilder } from '../../../src/build/builder.ts';

const inspected = (driver: string) =>
  `Name:          default\nDriver:        ${driver}\n\nNodes:\nName: default0\n`;
const OVERLAY = '[["Backing Filesystem","extfs"],["Supports d_type","true"]]';
const CONTAINERD = '[["driver-type","io.containerd.snapshotter.v1"]]';

test.each([
  ['docker', OVERLAY, { driver: 'docker', able: false }],
  ['docker', CONTAINERD, { driver: 'docker', able: true }],
  ['docker-container', OVERLAY, { driver: 'docker-container', able: true }],
  ['remote', '', { driver: 'remote', able: true }],
])('%s with the store %s', (driver, store, builder) =>
  expect(readBuilder(inspected(driver), store)).toEqual(builder),
);

test('without buildx it is the builder inside of Docker', () =>
  expect(readBuilder('', '')).toEqual({ driver: 'docker', able: false }));

test.each([
  [[], 'x64', []],
  [['amd64', 'amd64'], 'x64', []],
  [['arm64'], 'arm64', []],
  [['arm64'], 'x64', ['linux/arm64']],
  [['arm64', 'amd64', 'arm64'], 'x64', ['linux/amd64', 'linux/arm64']],
])('servers of %j get from a runner of %s: %j', (servers, runner, platforms) =>
  expect(platformsFor(servers, runner)).toEqual(platforms),
);
