// The schema of deploy.yml as data for the docs: what each key is, by its place.
import * as z from 'zod';
import { kernel, kinds, shapeOf } from '../../src/config/outline.ts';
import { fileSchema } from '../../src/config/schema.ts';

/** The JSON Schema that editors use. */
export function jsonSchema() {
  const schema = z.toJSONSchema(fileSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema: made }) => {
      // zod leaves out the examples of what is read into something else; the examples here are of the file.
      const { examples } = about(zodSchema);
      if (examples) made.examples = examples;
      // The keys of a map have their own defaults.
      if (JSON.stringify(made.default) === '{}') delete made.default;
      if (made.minItems === 0) delete made.minItems;
    },
  });
  const { $schema, ...rest } = schema;
  return { $schema, title: 'deploy.yml of restaurant-deploy', ...rest };
}

/** What a schema says of itself, its wrappers first. */
export function about(schema) {
  const said = { ...schema.meta?.() };
  if (schema instanceof z.ZodPrefault) said.default = schema.def.defaultValue;
  if (schema instanceof z.ZodOptional) said.optional = true;
  const inner =
    schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional
      ? schema.unwrap()
      : schema instanceof z.ZodPipe
        ? schema.in
        : undefined;
  return inner ? { ...about(inner), ...said } : said;
}

/**
 * Every key with a place of its own, in the order of the file: {place, key, schema, required, ...about}.
 * The overlay of an environment has the keys of the base, so it is not walked.
 */
export function* outline(schema = fileSchema, place = '') {
  for (const [key, child] of Object.entries(shapeOf(schema))) {
    const here = place === '' ? key : `${place}.${key}`;
    const said = about(child);
    yield {
      place: here,
      key,
      schema: child,
      required: !said.optional && said.default === undefined,
      ...said,
    };
    if (key !== 'environments') yield* inside(child, here);
  }
}

function* inside(schema, place) {
  for (const kind of kinds(schema)) {
    if (kind instanceof z.ZodObject) yield* outline(kind, place);
    if (kind instanceof z.ZodArray) yield* inside(kind.element, `${place}[]`);
    if (kind instanceof z.ZodRecord) yield* inside(kind.valueType, `${place}.NAME`);
  }
}

/** How a value of this schema is laid out in YAML. */
export function layout(schema) {
  const kind = kernel(schema);
  if (kind instanceof z.ZodObject) return 'map';
  if (kind instanceof z.ZodArray && kernel(kind.element) instanceof z.ZodObject) return 'list of maps';
  if (kind instanceof z.ZodRecord && kernel(kind.valueType) instanceof z.ZodObject) return 'named maps';
  return 'value';
}
