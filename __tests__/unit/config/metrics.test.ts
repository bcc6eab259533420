import { loadConfig } from '../../../src/config/load.ts';
import { DeployError } from '../../../src/errors.ts';

const load = (metrics: string) => loadConfig(`app: shop\nmetrics: ${metrics}\n`, 'deploy.yml', 'production');

function told(metrics: string): string {
  try {
    load(metrics);
  } catch (error) {
    if (error instanceof DeployError)
      return error.faults.map(({ what, remedy }) => `${what} ${remedy}`).join();
    throw error;
  }
  return 'accepted';
}

test('each may stand alone', () => {
  expect(load('{pushgateway: {secret: GATE}}').metrics).toEqual({ pushgateway: { secret: 'GATE' } });
  expect(load('{}').metrics).toEqual({});
});

test.each([
  ["{pushgateway: 'https://me:pw@gate.example.com'}", /holds a login.*\{secret: ITS_NAME\}/],
  ['{otlp: collector:4318}', /must be an http or https URL/],
  ["{otlp: 'https://otlp.example.com/?key=1'}", /must be an http or https URL/],
  ['{textfile: metrics}', /absolute path/],
  ['{textfile: /srv/../etc}', /absolute path/],
  ['{prometheus: x}', /no key "prometheus"/],
])('%s is refused', (metrics, why) => expect(told(metrics)).toMatch(why));
