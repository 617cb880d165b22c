/**
 * The assignment of rows to columns with the least total cost (Hungarian method, O(n³); Kuhn 1955, in the form with
 * potentials of Jonker and Volgenant).
 * @param cost square, cost[row][column]
 * @returns the column of each row
 */
export function assignLeastCost(cost: readonly (readonly number[])[]): number[] {
  const count = cost.length;
  const rowPotential = new Float64Array(count + 1);
  const columnPotential = new Float64Array(count + 1);
  // Index 0 stands for "none": rows and columns count from 1.
  const rowOfColumn = new Int32Array(count + 1);
  const previous = new Int32Array(count + 1);
  for (let row = 1; row <= count; row += 1) {
    rowOfColumn[0] = row;
    let column = 0;
    const least = new Float64Array(count + 1).fill(Infinity);
    const used = new Uint8Array(count + 1);
    do {
      used[column] = 1;
      const from = rowOfColumn[column] ?? 0;
      let delta = Infinity;
      let next = 0;
      for (let to = 1; to <= count; to += 1) {
        if (used[to] === 1) continue;
        const reduced = (cost[from - 1]?.[to - 1] ?? 0) - (rowPotential[from] ?? 0) - (columnPotential[to] ?? 0);
        if (reduced < (least[to] ?? Infinity)) {
          least[to] = reduced;
          previous[to] = column;
        }
        if ((least[to] ?? Infinity) < delta) {
          delta = least[to] ?? Infinity;
          next = to;
        }
      }
      for (let to = 0; to <= count; to += 1) {
        if (used[to] === 1) {
          const owner = rowOfColumn[to] ?? 0;
          rowPotential[owner] = (rowPotential[owner] ?? 0) + delta;
          columnPotential[to] = (columnPotential[to] ?? 0) - delta;
        } else least[to] = (least[to] ?? 0) - delta;
      }
      column = next;
    } while ((rowOfColumn[column] ?? 0) !== 0);
    while (column !== 0) {
      const from = previous[column] ?? 0;
      rowOfColumn[column] = rowOfColumn[from] ?? 0;
      column = from;
    }
  }
  const result = new Array<number>(count).fill(0);
  for (let column = 1; column <= count; column += 1) result[(rowOfColumn[column] ?? 1) - 1] = column - 1;
  return result;
}
