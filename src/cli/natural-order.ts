// Natural sort order: compares numbers within names by value.

/** For `sort`: "web2" before "web10". */
export function naturalOrder(a: string, b: string): number {
  const [partsA, partsB] = [a, b].map((text) => text.match(/\d+|\D+/g) ?? []);
  for (const [index, partA] of (partsA ?? []).entries()) {
    const partB = partsB?.[index];
    if (partB === undefined) return 1;
    if (partA === partB) continue;
    const bothNumbers = /^\d/.test(partA) && /^\d/.test(partB);
    if (bothNumbers && Number(partA) !== Number(partB)) return Number(partA) - Number(partB);
    return partA < partB ? -1 : 1;
  }
  return (partsA?.length ?? 0) - (partsB?.length ?? 0);
}
