import * as z from 'zod';
import { variableValue } from './kinds.ts';

/** Ways through the schema: from the place of a value to what may stand there, and from a key to its places. */

/** The kind itself, without what says that it may be absent or how it is read. */
export function kernel(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) {
    return kernel(schema.unwrap() as z.ZodType);
  }
  return schema instanceof z.ZodPipe ? kernel(schema.in as z.ZodType) : schema;
}

/** The kinds that may stand here: those of a union, else the one. */
export function kinds(schema: z.ZodType): readonly z.ZodType[] {
  const kind = kernel(schema);
  return kind instanceof z.ZodUnion ? (kind.options as z.ZodType[]).flatMap(kinds) : [kind];
}

/** The keys that a map may have here; none where the user chooses them, or where there is no map. */
export function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  const map = kinds(schema).find((kind) => kind instanceof z.ZodObject);
  return map ? (map.shape as Record<string, z.ZodType>) : {};
}

/** What may stand under a key or an index. */
export function childOf(schema: z.ZodType, key: string | number): z.ZodType | undefined {
  for (const kind of kinds(schema)) {
    if (kind instanceof z.ZodArray && typeof key === 'number') return kind.element as z.ZodType;
    if (kind instanceof z.ZodRecord) return kind.valueType as z.ZodType;
    if (kind instanceof z.ZodObject && Object.hasOwn(kind.shape, key)) return kind.shape[key] as z.ZodType;
  }
  return undefined;
}

/** Whether a value here is kept as it was written. */
export function isVerbatim(schema: z.ZodType): boolean {
  return kernel(schema) === kernel(variableValue);
}

/** Every place in the schema where a key may stand, such as `routes[].health`; '' is the top of the file. */
export function placesOf(key: string, schema: z.ZodType): readonly string[] {
  const places: string[] = [];
  const walk = (at: z.ZodType, place: string) => {
    for (const kind of kinds(at)) {
      if (kind instanceof z.ZodArray) walk(kind.element as z.ZodType, `${place}[]`);
      if (kind instanceof z.ZodRecord) walk(kind.valueType as z.ZodType, `${place}.NAME`);
    }
    for (const [name, child] of Object.entries(shapeOf(at))) {
      if (name === key) places.push(place);
      // An overlay has the keys of the base: naming them twice helps nobody.
      if (name !== 'environments') walk(child, place === '' ? name : `${place}.${name}`);
    }
  };
  walk(schema, '');
  return places;
}
