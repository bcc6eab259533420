/** Variables of one store that share a secret and a version: it is read once. */
export interface Read<Reference> {
  readonly reference: Reference;
  readonly wanted: readonly { readonly name: string; readonly reference: Reference }[];
}

/** What to read, each secret once. `sameAs` tells two references to one secret by an equal text. */
export function reads<Reference>(
  values: Readonly<Record<string, Reference>>,
  sameAs: (reference: Reference) => string,
): Read<Reference>[] {
  const byMark = new Map<string, { name: string; reference: Reference }[]>();
  for (const [name, reference] of Object.entries(values)) {
    const mark = sameAs(reference);
    byMark.set(mark, [...(byMark.get(mark) ?? []), { name, reference }]);
  }
  return [...byMark.values()].flatMap((wanted) =>
    wanted[0] === undefined ? [] : [{ reference: wanted[0].reference, wanted }],
  );
}
