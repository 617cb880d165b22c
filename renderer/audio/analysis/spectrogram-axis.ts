/** The logarithmic frequency axis of spectrograms. */
export const lowestHz = 32.703; // C1
export const highestHz = 16_744; // C10

/** The middle of a row, rows counted from below. */
export const hzOfRow = (row: number, rows: number): number => lowestHz * (highestHz / lowestHz) ** ((row + 0.5) / rows);

/** The inverse of {@link hzOfRow}; fractional. */
export const rowOfHz = (hz: number, rows: number): number => (Math.log(hz / lowestHz) / Math.log(highestHz / lowestHz)) * rows - 0.5;
