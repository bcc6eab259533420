import { readModel } from '../../../src/compose/model.ts';

test('keys that are not known are kept', () => {
  const text = {
    name: 'a',
    services: { s: { image: 'x', provider: { type: 'y' } } },
    models: { m: {} },
    'x-a': 1,
  };
  expect(readModel(JSON.stringify(text))).toEqual(text);
});

test('what Compose prints as null is null', () => {
  const text = {
    services: { s: { environment: { A: null }, networks: { default: null }, command: null, deploy: null } },
    volumes: { v: null },
  };
  expect(readModel(JSON.stringify(text))).toEqual(text);
});

test('what is no model is refused', () => {
  expect(() => readModel('services: {}')).toThrow(SyntaxError);
  expect(() => readModel('{"services": {"a": {"image": 1}}}')).toThrow('services');
});
