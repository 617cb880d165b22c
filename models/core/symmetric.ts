/** Dense symmetric matrices of moderate size (3 to a few hundred), row-major in Float64Array. */

export interface Eigen {
  values: Float64Array;
  /** Column k (entries `row * size + k`) belongs to value k. */
  vectors: Float64Array;
}

/**
 * Householder reduction to tridiagonal form and implicit QL (tred2 and tql2 of EISPACK; Bowdler, Martin, Reinsch and
 * Wilkinson, 1968). The input is not changed.
 */
export function eigenSymmetric(matrix: Float64Array, size: number): Eigen {
  const v = Float64Array.from(matrix);
  const d = new Float64Array(size);
  const e = new Float64Array(size);
  reduce(v, d, e, size);
  iterate(v, d, e, size);
  return { values: d, vectors: v };
}

const at = (values: Float64Array, index: number): number => values[index] ?? 0;

function reduce(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let j = 0; j < n; j += 1) d[j] = at(v, (n - 1) * n + j);
  for (let i = n - 1; i > 0; i -= 1) {
    let scale = 0;
    let h = 0;
    for (let k = 0; k < i; k += 1) scale += Math.abs(at(d, k));
    if (scale === 0) {
      e[i] = at(d, i - 1);
      for (let j = 0; j < i; j += 1) {
        d[j] = at(v, (i - 1) * n + j);
        v[i * n + j] = 0;
        v[j * n + i] = 0;
      }
    } else {
      for (let k = 0; k < i; k += 1) {
        d[k] = at(d, k) / scale;
        h += at(d, k) ** 2;
      }
      const f = at(d, i - 1);
      const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= f * g;
      d[i - 1] = f - g;
      e.fill(0, 0, i);
      for (let j = 0; j < i; j += 1) {
        const fj = at(d, j);
        v[j * n + i] = fj;
        let gj = at(e, j) + at(v, j * n + j) * fj;
        for (let k = j + 1; k < i; k += 1) {
          gj += at(v, k * n + j) * at(d, k);
          e[k] = at(e, k) + at(v, k * n + j) * fj;
        }
        e[j] = gj;
      }
      let total = 0;
      for (let j = 0; j < i; j += 1) {
        e[j] = at(e, j) / h;
        total += at(e, j) * at(d, j);
      }
      const half = total / (2 * h);
      for (let j = 0; j < i; j += 1) e[j] = at(e, j) - half * at(d, j);
      for (let j = 0; j < i; j += 1) {
        const fj = at(d, j);
        const gj = at(e, j);
        for (let k = j; k < i; k += 1) v[k * n + j] = at(v, k * n + j) - (fj * at(e, k) + gj * at(d, k));
        d[j] = at(v, (i - 1) * n + j);
        v[i * n + j] = 0;
      }
    }
    d[i] = h;
  }
  for (let i = 0; i < n - 1; i += 1) {
    v[(n - 1) * n + i] = at(v, i * n + i);
    v[i * n + i] = 1;
    const h = at(d, i + 1);
    if (h !== 0) {
      for (let k = 0; k <= i; k += 1) d[k] = at(v, k * n + i + 1) / h;
      for (let j = 0; j <= i; j += 1) {
        let g = 0;
        for (let k = 0; k <= i; k += 1) g += at(v, k * n + i + 1) * at(v, k * n + j);
        for (let k = 0; k <= i; k += 1) v[k * n + j] = at(v, k * n + j) - g * at(d, k);
      }
    }
    for (let k = 0; k <= i; k += 1) v[k * n + i + 1] = 0;
  }
  for (let j = 0; j < n; j += 1) {
    d[j] = at(v, (n - 1) * n + j);
    v[(n - 1) * n + j] = 0;
  }
  v[n * n - 1] = 1;
  e[0] = 0;
}

function iterate(v: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let i = 1; i < n; i += 1) e[i - 1] = at(e, i);
  e[n - 1] = 0;
  let f = 0;
  let largest = 0;
  for (let l = 0; l < n; l += 1) {
    largest = Math.max(largest, Math.abs(at(d, l)) + Math.abs(at(e, l)));
    let m = l;
    while (m < n - 1 && Math.abs(at(e, m)) > Number.EPSILON * largest) m += 1;
    for (let round = 0; m > l && round < 60; round += 1) {
      let g = at(d, l);
      let p = (at(d, l + 1) - g) / (2 * at(e, l));
      let r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
      d[l] = at(e, l) / (p + r);
      d[l + 1] = at(e, l) * (p + r);
      const next = at(d, l + 1);
      const shift = g - at(d, l);
      for (let i = l + 2; i < n; i += 1) d[i] = at(d, i) - shift;
      f += shift;
      p = at(d, m);
      let c = 1;
      let c2 = 1;
      let c3 = 1;
      const el1 = at(e, l + 1);
      let s = 0;
      let s2 = 0;
      for (let i = m - 1; i >= l; i -= 1) {
        c3 = c2;
        c2 = c;
        s2 = s;
        g = c * at(e, i);
        const h = c * p;
        r = Math.hypot(p, at(e, i));
        e[i + 1] = s * r;
        s = at(e, i) / r;
        c = p / r;
        p = c * at(d, i) - s * g;
        d[i + 1] = h + s * (c * g + s * at(d, i));
        for (let k = 0; k < n; k += 1) {
          const upper = at(v, k * n + i + 1);
          const lower = at(v, k * n + i);
          v[k * n + i + 1] = s * lower + c * upper;
          v[k * n + i] = c * lower - s * upper;
        }
      }
      p = (-s * s2 * c3 * el1 * at(e, l)) / next;
      e[l] = s * p;
      d[l] = c * p;
      if (Math.abs(at(e, l)) <= Number.EPSILON * largest) break;
    }
    d[l] = at(d, l) + f;
    e[l] = 0;
  }
}

export function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let k = 0; k < size; k += 1) {
      const factor = a[row * size + k] ?? 0;
      for (let column = 0; column < size; column += 1) {
        const index = row * size + column;
        product[index] = (product[index] ?? 0) + factor * (b[k * size + column] ?? 0);
      }
    }
  }
  return product;
}

/** The symmetric matrix with the same vectors and changed values: f applied to a symmetric matrix. */
export function applyToSymmetric({ values, vectors }: Eigen, change: (value: number) => number): Float64Array {
  const size = values.length;
  const scaled = new Float64Array(size * size);
  const transposed = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const entry = vectors[row * size + column] ?? 0;
      scaled[row * size + column] = entry * change(values[column] ?? 0);
      transposed[column * size + row] = entry;
    }
  }
  return multiply(scaled, transposed, size);
}
