/** What a row for the seed gives: locked, it is kept for the next run. */
export interface SeedChange {
  seed?: number;
  seedLocked?: boolean;
}
