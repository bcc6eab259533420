import * as z from 'zod';

/**
 * The same kind with nothing required and no defaults: an overlay says only what differs. Lists stay as they are, since
 * an overlay replaces them whole.
 */
export function loose(schema: z.ZodType): z.ZodType {
  const same = (changed: z.ZodType) => changed.meta(schema.meta() ?? {});
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return same(loose(schema.unwrap() as z.ZodType));
  }
  if (schema instanceof z.ZodRecord) {
    return same(z.clone(schema, { ...schema.def, valueType: loose(schema.valueType as z.ZodType) }));
  }
  if (schema instanceof z.ZodObject) {
    const keys = Object.entries(schema.shape) as [string, z.ZodType][];
    const shape = Object.fromEntries(keys.map(([key, value]) => [key, loose(value).optional()]));
    return same(z.clone(schema, { ...schema.def, shape }));
  }
  return schema;
}
