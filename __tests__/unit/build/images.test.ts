import {
  architectureFault,
  builtServices,
  imageArchitecture,
  imageName,
  imagePrefix,
  localImages,
  pinnedName,
} from '../../../src/build/images.ts';
import { readModel } from '../../../src/compose/model.ts';
import { APP } from '../../../src/config/names.ts';
import { Sandbox } from '../deploy/sandbox.ts';

const model = readModel(
  JSON.stringify({
    services: {
      web: { image: 'nginx:alpine' },
      app: { build: { context: '.' } },
      api: { build: { context: 'api' }, image: 'ghcr.io/org/api:1' },
    },
  }),
);

test('an image has the name that Compose gives it', () => {
  expect(['web', 'app', 'api'].map((service) => imageName(model, 'shop-production', service))).toEqual([
    'nginx:alpine',
    'shop-production-app',
    'ghcr.io/org/api:1',
  ]);
  expect(builtServices(model)).toEqual(['app', 'api']);
});

describe('our own name for an image', () => {
  test.each([
    ['web', 'restaurant-deploy/shop.web:0123456789abcdef'],
    ['Web_App.v2', 'restaurant-deploy/shop.web-app-v2:0123456789abcdef'],
    ['-_x_-', 'restaurant-deploy/shop.x:0123456789abcdef'],
    ['___', 'restaurant-deploy/shop.image:0123456789abcdef'],
  ])('of the service %s is %s', (service, name) => {
    expect(pinnedName('shop', service, `sha256:0123456789abcdef${'0'.repeat(48)}`)).toBe(name);
    // The shape of a reference, as Docker reads it.
    expect(name).toMatch(/^[a-z0-9-]+\/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*:[0-9a-f]{16}$/);
  });

  test('begins with what no other app begins with, so that pruning one never takes of another', () => {
    const apps = ['shop', 'shop-admin', 'shop-admin-2', 's', 'shop2'];
    for (const one of apps) {
      expect(one).toMatch(new RegExp(APP));
      for (const other of apps.filter((name) => name !== one)) {
        expect(pinnedName(other, 'web', 'sha256:1').startsWith(imagePrefix(one))).toBe(false);
      }
    }
    // A dot is what an app's name can not hold.
    expect('shop.admin').not.toMatch(new RegExp(APP));
  });
});

test('the images of the runner are asked for, each once; one that is not there is left out', async () => {
  const runner = new Sandbox();
  runner.docker(`case $5 in
    a) echo 'sha256:1 amd64 1234 ["sha256:x","sha256:y"]' ;;
    scratch) echo 'sha256:2 arm64 0 null' ;;
    *) echo 'Error: No such image' >&2; exit 1 ;;
  esac`);
  expect(await localImages(runner.host, ['a', 'scratch', 'gone', 'a'])).toEqual(
    new Map([
      ['a', { id: 'sha256:1', architecture: 'amd64', bytes: 1234, layers: ['sha256:x', 'sha256:y'] }],
      ['scratch', { id: 'sha256:2', architecture: 'arm64', bytes: 0, layers: [] }],
    ]),
  );
  expect(runner.calls()).toHaveLength(3);
  runner.remove();
});

describe('an image and the machine it is for', () => {
  test.each([
    ['x86_64', 'amd64'],
    ['aarch64', 'arm64'],
    ['armv7l', 'arm'],
    ['riscv64', 'riscv64'],
  ])('%s is %s', (machine, architecture) => {
    expect(imageArchitecture(machine)).toBe(architecture);
    expect(architectureFault('web', architecture, machine, 'deploy@server')).toBeUndefined();
  });

  test('that do not fit are told before anything is sent, with the line to add', () => {
    const fault = architectureFault('shop-web', 'amd64', 'aarch64', 'deploy@server');
    expect(fault).toMatchObject({
      code: 'image-architecture',
      where: 'deploy@server',
      what: 'The image shop-web is built for amd64, the server is arm64.',
    });
    expect(fault?.remedy).toContain('platforms: [linux/arm64]');
  });
});
