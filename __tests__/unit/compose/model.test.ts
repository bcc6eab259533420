import { readModel, writeModel } from '../../../src/compose/model.ts';

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

test('a model is written in characters that YAML takes as they are', () => {
  const odd = '\u007f\u0085\u009f\u2028\u2029\ufeff\uffff';
  const model = readModel(JSON.stringify({ services: { s: { environment: { A: `${odd} ü 🍕 \n` } } } }));
  const text = writeModel(model);
  expect(text).toContain('"\\u007f\\u0085\\u009f\\u2028\\u2029\\ufeff\\uffff ü 🍕 \\n"');
  expect(readModel(text)).toEqual(model);
});
